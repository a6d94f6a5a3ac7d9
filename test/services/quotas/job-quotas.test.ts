import { describe, expect, inject, it } from "vitest";
import { cancel, NOT_BILLED } from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import type { LimitName } from "../../../src/services/quotas/limits.js";
import { CALLER } from "../../support/make-job.js";
import { makeLimits } from "../../support/open-access.js";
import { newPlace } from "../../support/open-store.js";
import { OTHER, openQuotas, START } from "./quota-testkit.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Limits of two jobs, by any of the names. */
const OF_TWO: readonly [LimitName, number, number][] = [
  ["JOBS_PER_HOUR", 2, HOUR_MS],
  ["JOBS_PER_DAY", 2, DAY_MS],
  // 0.4 / 0.2, and a sum that pays for no third job.
  ["SPEND_PER_DAY", 0.4, DAY_MS],
  ["SPEND_PER_DAY", 0.59, DAY_MS],
];

describe("limits on jobs", () => {
  it.each(OF_TWO)(
    "%s of %s takes a job again when an earlier one has left the window",
    async (name, limit, windowMs) => {
      const { accept, submit, clock } = await openQuotas(makeLimits({ perCaller: { [name]: limit } }));
      await accept();
      clock.now += MINUTE_MS;
      await accept();
      clock.now += MINUTE_MS;

      const { job, faults } = await submit();
      clock.now = START + windowMs - 1;
      const stillEarly = await submit();
      clock.now = START + windowMs;
      await accept();
      const again = await submit();

      expect(job).toBeNull();
      expect(faults).toEqual([
        { code: "QUOTA_EXCEEDED", field: null, message: expect.stringContaining(`limit ${name}, `) },
      ]);
      expect(faults[0]?.message).toContain(
        `Try again in ${(windowMs - 2 * MINUTE_MS) / 1_000} s, at ${new Date(START + windowMs).toISOString()}`,
      );
      expect(stillEarly.faults[0]?.message).toContain("Try again in 1 s");
      expect(again.faults).toHaveLength(1);
    },
  );

  it("ACTIVE_JOBS takes a job again when an earlier one has ended", async () => {
    const { accept, submit, store } = await openQuotas(makeLimits({ perCaller: { ACTIVE_JOBS: 2 } }));
    const first = await accept();
    await accept();

    const { faults } = await submit();
    await changeJob(store, first, { name: "finished", at: START }, (job) => cancel(job, NOT_BILLED, START));
    await accept();

    expect(faults).toEqual([
      { code: "QUOTA_EXCEEDED", field: null, message: expect.stringMatching(/ACTIVE_JOBS, 2, is reached/) },
    ]);
    expect((await submit()).faults).toHaveLength(1);
  });

  it("SPEND_PER_DAY gives back what turned out not to be billed", async () => {
    const { accept, submit, store, used } = await openQuotas(makeLimits({ perCaller: { SPEND_PER_DAY: 0.4 } }));
    const first = await accept();
    await accept();
    expect((await used()).SPEND_PER_DAY).toMatchObject({ limit: 0.4, used: 0.4 });

    await changeJob(store, first, { name: "finished", at: START }, (job) => cancel(job, NOT_BILLED, START));

    expect((await used()).SPEND_PER_DAY).toMatchObject({ used: 0.2 });
    await accept();
    expect((await submit()).faults).toHaveLength(1);
  });

  it("SPEND_PER_DAY is no limit for what costs nothing", async () => {
    const limits = { ...makeLimits({ perCaller: { SPEND_PER_DAY: 0 } }), pricePerJobUsd: 0 };
    const { accept } = await openQuotas(limits);

    for (let jobs = 0; jobs < 3; jobs += 1) await accept();
  });

  it.each([{ perCaller: { JOBS_PER_DAY: 10 } }, { perCaller: { ACTIVE_JOBS: 10 } }, { total: { JOBS_PER_DAY: 10 } }])(
    "let no rush past them: of 100 at once %o takes 10",
    async (limits) => {
      const place = await newPlace();
      const first = await openQuotas(makeLimits(limits), place);
      // Instances can share nothing but PostgreSQL.
      const second = inject("postgresUrl") === null ? first : await openQuotas(makeLimits(limits), place);

      const outcomes = await Promise.all(
        Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? first : second).submit()),
      );

      expect(outcomes.filter(({ job }) => job !== null)).toHaveLength(10);
      expect(outcomes.filter(({ faults }) => faults[0]?.code === "QUOTA_EXCEEDED")).toHaveLength(90);
      const [row] = await first.database.query<{ count: number }>("SELECT count(*) AS count FROM job");
      expect(Number(row?.count)).toBe(10);
    },
  );

  it("make nobody wait for another's submission where nothing that it uses up is limited", async () => {
    const { accept, database } = await openQuotas(
      makeLimits({ perCaller: { SUBSCRIPTIONS: 5, REQUESTS_PER_MINUTE: 5 }, total: { SUBSCRIPTIONS: 5 } }),
    );

    // Held open by another instance; in SQLite there is none.
    await database.transaction(async (query) => {
      for (const name of ["quota", `quota ${CALLER.id}`]) await database.takeTurn(query, name);
      if (database.shared) await accept();
    });

    await accept();
  });

  it("count each caller alone, and all together", async () => {
    const { accept, submit } = await openQuotas(
      makeLimits({ perCaller: { JOBS_PER_DAY: 2 }, total: { JOBS_PER_DAY: 3 } }),
    );
    await accept(CALLER);
    await accept(CALLER);

    expect((await submit(CALLER)).faults[0]?.message).toMatch(/^Your limit JOBS_PER_DAY, 2, is reached/);
    await accept(OTHER);
    expect((await submit(OTHER)).faults[0]?.message).toMatch(
      /^This server's limit JOBS_PER_DAY for all callers, 3, is/,
    );
  });

  it("leave no trace of a refused job, not even its key", async () => {
    const { accept, submit, clock, store, database } = await openQuotas(
      makeLimits({ perCaller: { JOBS_PER_HOUR: 1 } }),
    );
    await accept();

    await submit(CALLER, { idempotencyKey: "k" }, { audioUrl: "data:audio/wav;base64,UklGRg==" });

    expect(await store.findByIdempotencyKey(CALLER.id, "k")).toBeNull();
    for (const table of ["job_payload", "upload"]) expect(await database.query(`SELECT * FROM ${table}`)).toEqual([]);
    clock.now += HOUR_MS;
    expect((await submit(CALLER, { idempotencyKey: "k" })).job).not.toBeNull();
  });

  it("don't count a submission that is repeated", async () => {
    const { submit } = await openQuotas(makeLimits({ perCaller: { JOBS_PER_DAY: 1, ACTIVE_JOBS: 1 } }));

    const outcomes = await Promise.all(Array.from({ length: 20 }, () => submit(CALLER, { idempotencyKey: "k" })));
    const later = await submit(CALLER, { idempotencyKey: "k" });

    expect(new Set([...outcomes, later].map(({ job }) => job?.id)).size).toBe(1);
    expect(later.job).not.toBeNull();
  });
});

describe("what viewer shows", () => {
  it("is every limit with what is used of it, and when that becomes less", async () => {
    const { accept, used, clock } = await openQuotas(makeLimits({ perCaller: { JOBS_PER_HOUR: 10, ACTIVE_JOBS: 5 } }));
    await accept();
    clock.now += MINUTE_MS;
    await accept();
    await accept(OTHER);

    expect(await used()).toEqual({
      ACTIVE_JOBS: { name: "ACTIVE_JOBS", limit: 5, used: 2, resetsAt: null },
      JOBS_PER_HOUR: { name: "JOBS_PER_HOUR", limit: 10, used: 2, resetsAt: START + HOUR_MS },
      JOBS_PER_DAY: { name: "JOBS_PER_DAY", limit: null, used: 2, resetsAt: START + DAY_MS },
      SPEND_PER_DAY: { name: "SPEND_PER_DAY", limit: null, used: 0.4, resetsAt: START + DAY_MS },
      UPLOAD_BYTES_PER_DAY: { name: "UPLOAD_BYTES_PER_DAY", limit: null, used: 0, resetsAt: null },
      SUBSCRIPTIONS: { name: "SUBSCRIPTIONS", limit: null, used: 0, resetsAt: null },
      REQUESTS_PER_MINUTE: { name: "REQUESTS_PER_MINUTE", limit: null, used: 0, resetsAt: null },
    });
  });

  it("is for a watch token's holder what watching touches, and nobody else's figures", async () => {
    const { accept, quotas } = await openQuotas(makeLimits({ perCaller: { SUBSCRIPTIONS: 5 } }));
    const { id } = await accept();

    const limits = await quotas.describe({ id: `watch:${id}`, onlyJobId: id });

    expect(limits.map(({ name, used }) => [name, used])).toEqual([
      ["SUBSCRIPTIONS", 0],
      ["REQUESTS_PER_MINUTE", 0],
    ]);
  });
});
