import { describe, expect, it } from "vitest";
import { BadUserInputError } from "../../../src/errors.js";
import { encodeEventCursor } from "../../../src/services/cursor.js";
import { cancel, NOT_BILLED } from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import { listJobs } from "../../../src/services/jobs/list-jobs.js";
import type { JobFilter, PageRequest } from "../../../src/services/services.js";
import { JobHistory } from "../../../src/services/store/job-history.js";
import type { JobStore } from "../../../src/services/store/job-store.js";
import { CALLER, insertJob, makeJob } from "../../support/make-job.js";
import { type OpenStore, openStore } from "../../support/open-store.js";

const NO_FILTER: JobFilter = { status: null, requestId: null, createdAfter: null, createdBefore: null };

function list(
  { database }: OpenStore,
  page: Partial<Omit<PageRequest, "filter">> = {},
  filter: Partial<JobFilter> = {},
) {
  const first = page.last === undefined ? 20 : null;
  return listJobs(new JobHistory(database), CALLER, {
    first,
    after: null,
    last: null,
    before: null,
    ...page,
    filter: { ...NO_FILTER, ...filter },
  });
}

/** Ten jobs, several of them created in the same millisecond. Newest first. */
async function insertTen(store: JobStore): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < 10; index++)
    ids.push((await insertJob(store, { createdAt: 1_000 + Math.floor(index / 3) })).id);
  return ids.reverse();
}

const idsOf = ({ edges }: { edges: readonly { job: { id: string } }[] }) => edges.map(({ job }) => job.id);

describe("the job list", () => {
  it("gives every job once, newest first, while new ones come in", async () => {
    const opened = await openStore();
    const { store } = opened;
    const ids = await insertTen(store);
    const seen: string[] = [];
    let after: string | null = null;
    for (;;) {
      const page = await list(opened, { first: 3, after });
      seen.push(...idsOf(page));
      expect(page.hasPreviousPage).toBe(after !== null);
      await insertJob(store, { createdAt: 2_000 + seen.length });
      if (!page.hasNextPage) break;
      after = page.edges.at(-1)?.cursor ?? null;
    }

    expect(seen).toEqual(ids);
  });

  it("walks the other way, page by page, in the same order", async () => {
    const opened = await openStore();
    const { store } = opened;
    const ids = await insertTen(store);
    const seen: string[] = [];
    let before: string | null = null;
    for (;;) {
      const page = await list(opened, { last: 4, before });
      seen.unshift(...idsOf(page));
      expect(page.hasNextPage).toBe(before !== null);
      await insertJob(store, { createdAt: 2_000 });
      if (!page.hasPreviousPage) break;
      before = page.edges[0]?.cursor ?? null;
    }

    // What came in the meantime stands at the newest end.
    expect(seen.slice(-ids.length)).toEqual(ids);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("takes both ends at once", async () => {
    const opened = await openStore();
    const { store } = opened;
    const ids = await insertTen(store);
    const { edges } = await list(opened);

    const between = await list(opened, { first: 20, after: edges[1]?.cursor, before: edges[6]?.cursor });

    expect(idsOf(between)).toEqual(ids.slice(2, 6));
  });

  it("filters by status, request id and time, and counts what matches", async () => {
    const opened = await openStore();
    const { store } = opened;
    const old = await insertJob(store, { createdAt: 100 });
    const middle = await insertJob(store, { createdAt: 200 });
    const young = await insertJob(store, { createdAt: 300 });
    await changeJob(store, old, { name: "finished", at: 400 }, (job) => cancel(job, NOT_BILLED, 400));
    await store.change({
      before: middle,
      after: { ...middle, submission: "SUBMITTED", requestId: "r9" },
      name: "submitted",
      at: 1,
    });

    expect(idsOf(await list(opened, {}, { status: ["CANCELLED"] }))).toEqual([old.id]);
    expect(idsOf(await list(opened, {}, { status: ["IN_QUEUE", "IN_QUEUE", "CANCELLED"] }))).toHaveLength(3);
    expect(idsOf(await list(opened, {}, { status: [] }))).toEqual([]);
    expect(idsOf(await list(opened, {}, { requestId: "r9" }))).toEqual([middle.id]);
    expect(idsOf(await list(opened, {}, { createdAfter: 100, createdBefore: 300 }))).toEqual([middle.id]);
    expect(idsOf(await list(opened, {}, { createdAfter: 200 }))).toEqual([young.id]);
    expect(await (await list(opened, { first: 1 }, { status: ["IN_QUEUE"] })).countTotal()).toBe(2);
  });

  it("shows no other caller's jobs", async () => {
    const opened = await openStore();
    const { store } = opened;
    await insertJob(store, { callerId: "somebody else" });

    const page = await list(opened);

    expect(page.edges).toEqual([]);
    expect(await page.countTotal()).toBe(0);
  });

  it("counts exactly up to 10,000 and not beyond", async () => {
    const opened = await openStore();
    const { store, database } = opened;
    const { id } = await insertJob(store);
    const copy = (count: number, prefix: string) =>
      database.query(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
          INSERT INTO job (id, caller_id, status, submission, priority, input, created_at, start_deadline_at, last_sequence, log_count)
          SELECT $2 || i, caller_id, status, submission, priority, input, created_at, start_deadline_at, last_sequence, log_count
            FROM n, job WHERE id = $3`,
        [count, prefix, id],
      );

    await copy(9_999, "a");
    expect(await new JobHistory(database).count(CALLER.id, NO_FILTER)).toBe(10_000);
    await copy(1, "b");
    expect(await new JobHistory(database).count(CALLER.id, NO_FILTER)).toBeNull();
  });

  it.each([
    ["nonsense", "nonsense"],
    ["an empty one", ""],
    ["a progress cursor", encodeEventCursor(makeJob().id, 1)],
    ["JSON of another shape", Buffer.from('{"list":1}').toString("base64url")],
    ["one with a broken time", Buffer.from('["list",-1,"x"]').toString("base64url")],
  ])("refuses %s as a cursor", async (_name, cursor) => {
    const opened = await openStore();

    await expect(list(opened, { after: cursor })).rejects.toBeInstanceOf(BadUserInputError);
    await expect(list(opened, { last: 1, before: cursor })).rejects.toThrow(/not one of inpaintJobs/);
  });
});
