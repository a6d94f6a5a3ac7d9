import pg from "pg";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import type { Job } from "../../../src/services/job.js";
import { fail, NOT_BILLED, startSending } from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import { type Database, StoreUnavailableError } from "../../../src/services/store/database.js";
import { migrate } from "../../../src/services/store/migrations.js";
import { openPostgres } from "../../../src/services/store/postgres.js";
import { EventQueue } from "../../support/event-queue.js";
import { guardedLogger } from "../../support/log-guard.js";
import { insertJob, SOME_ERROR } from "../../support/make-job.js";
import { newPlace, openStore } from "../../support/open-store.js";
import { eventNames } from "./claims-testkit.js";

const PATIENTLY = { timeout: 10_000 };

/** Two instances on one database. */
async function openTwo() {
  const here = await openStore();
  const there = await openStore(() => {}, here.place);
  return { here, there };
}

/** Ends the sessions of a database whose last statement was like this. @returns how many. */
async function endSessions(place: string, lastStatement: string): Promise<number> {
  const client = new pg.Client({ connectionString: `${inject("postgresUrl")}/postgres` });
  await client.connect();
  const { rowCount } = await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND query LIKE $2",
    [new URL(place).pathname.slice(1), lastStatement],
  );
  await client.end();
  return rowCount ?? 0;
}

function increase(job: Job): Job {
  return { ...job, progress: (job.progress ?? 0) + 1 };
}

describe("announcements", () => {
  it("reach other instances, and not the one that made the change", async () => {
    const { here, there } = await openTwo();
    const heardHere = new EventQueue<readonly string[]>();
    const heardThere = new EventQueue<readonly string[]>();
    here.database.onAnnouncement((ids) => heardHere.push(ids));
    there.database.onAnnouncement((ids) => heardThere.push(ids));
    // Listening begins in the background: told again until both hear.
    const listening = async (teller: typeof here, listener: EventQueue<readonly string[]>) => {
      const { id } = await insertJob(teller.store);
      const telling = setInterval(() => void teller.database.announce(teller.database.query, id), 20);
      await listener.next().finally(() => clearInterval(telling));
    };
    await listening(there, heardHere);
    await listening(here, heardThere);

    const own = await insertJob(here.store);
    const foreign = await insertJob(there.store);
    await changeJob(there.store, foreign, { name: "status", at: 1 }, increase);

    await heardThere.until((ids) => ids.includes(own.id));
    const toldHere: string[] = [];
    await heardHere.until((ids) => {
      toldHere.push(...ids);
      return toldHere.filter((id) => id === foreign.id).length === 2;
    });
    expect(toldHere).not.toContain(own.id);
  });

  it("tell every job of a batch, however large", async () => {
    const { here, there } = await openTwo();
    const jobs = await Promise.all(Array.from({ length: 450 }, () => insertJob(here.store)));
    const heard = new Set<string>();
    there.database.onAnnouncement((ids) => {
      for (const id of ids) heard.add(id);
    });
    await expect
      .poll(async () => {
        await here.database.announce(here.database.query, "listening");
        return heard.has("listening");
      }, PATIENTLY)
      .toBe(true);

    await Promise.all(jobs.map((job) => changeJob(here.store, job, { name: "status", at: 1 }, increase)));

    await expect.poll(() => jobs.every(({ id }) => heard.has(id)), PATIENTLY).toBe(true);
  });

  it("are heard again after the listening connection broke", async () => {
    const { here, there } = await openTwo();
    const heard = new Set<string>();
    here.database.onAnnouncement((ids) => {
      for (const id of ids) heard.add(id);
    });
    const hears = async (id: string) => {
      await there.database.announce(there.database.query, id);
      return heard.has(id);
    };
    await expect.poll(() => hears("before"), PATIENTLY).toBe(true);

    expect(await endSessions(here.place, "LISTEN %")).toBe(1);

    await expect.poll(() => hears("after"), PATIENTLY).toBe(true);
  });
});

describe("a lock", () => {
  it("keeps other instances out until its work is done, and no other lock's", async () => {
    const { here, there } = await openTwo();
    const steps: string[] = [];
    let leave = () => {};
    const entered = new Promise<void>((markEntered) => {
      void here.database.withLock("dispatch", async () => {
        steps.push("here");
        markEntered();
        await new Promise<void>((resolve) => {
          leave = resolve;
        });
        steps.push("here is done");
      });
    });
    await entered;

    const second = there.database.withLock("dispatch", async () => steps.push("there"));
    await there.database.withLock("migrate", async () => steps.push("another lock"));
    leave();
    await second;

    expect(steps).toEqual(["here", "another lock", "here is done", "there"]);
  });

  it("is given back when its work fails", async () => {
    const { here, there } = await openTwo();

    await expect(here.database.withLock("dispatch", () => Promise.reject(new Error("no")))).rejects.toThrow("no");

    expect(await there.database.withLock("dispatch", async () => "free")).toBe("free");
  });

  it("is free, says that it may pass, and does not take the process down when its connection breaks", async () => {
    const { here, there } = await openTwo();

    const broken = here.database.withLock("dispatch", async () => {
      expect(await endSessions(here.place, "%pg_advisory_xact_lock%")).toBe(1);
      expect(await there.database.withLock("dispatch", async () => "done")).toBe("done");
    });

    await expect(broken).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(await here.database.withLock("dispatch", async () => "again")).toBe("again");
  });
});

it("rolls a transaction back whose connection breaks between two statements, and says that it may pass", async () => {
  const { here } = await openTwo();
  await here.database.query("CREATE TABLE note (text TEXT)");

  const broken = here.database.transaction(async (query) => {
    await query("INSERT INTO note VALUES ('lost')");
    await endSessions(here.place, "INSERT INTO note%");
    await query("INSERT INTO note VALUES ('never')");
  });

  await expect(broken).rejects.toBeInstanceOf(StoreUnavailableError);
  expect(await here.database.query("SELECT * FROM note")).toEqual([]);
});

it("is migrated once by three instances that start at once on an empty database", async () => {
  const place = await newPlace();
  const instances = await Promise.all([1, 2, 3].map(() => openPostgres(place, guardedLogger)));
  onTestFinished(() => Promise.all(instances.map((database) => database.close())).then(() => {}));

  await Promise.all(instances.map(migrate));

  const [row] = await (instances[0] as Database).query<{ versions: number; newest: number }>(
    "SELECT count(*) AS versions, max(version) AS newest FROM migration",
  );
  expect(row?.versions).toBeGreaterThan(0);
  expect(row?.versions).toBe(row?.newest);
});

it("takes exactly one of two instances' conflicting steps per job, in batches of any order", async () => {
  const { here, there } = await openTwo();
  const jobs: Job[] = [];
  for (let index = 0; index < 300; index++) jobs.push(await insertJob(here.store));
  const claim = ({ store }: typeof here, job: Job, owner: string) => {
    const after = startSending(job, owner, 1) ?? job;
    return store.change({ before: job, after, name: "sending", at: 1 });
  };

  const [ours, theirs] = await Promise.all([
    Promise.all(jobs.map((job) => claim(here, job, "here"))),
    Promise.all(jobs.toReversed().map((job) => claim(there, job, "there"))).then((claims) => claims.toReversed()),
  ]);

  for (const [index, job] of jobs.entries()) {
    const winners = [ours[index], theirs[index]].filter((claimed) => claimed !== null);
    expect(winners).toHaveLength(1);
    expect(await here.store.find(job.id)).toMatchObject({ ownerId: winners[0]?.ownerId, lastSequence: 2 });
    expect(await eventNames(here.database, job.id)).toEqual(["accepted", "sending"]);
  }
});

it("takes text with NUL characters from callers and from upstream", async () => {
  const { store } = await openStore();
  const job = await insertJob(store, {}, { idempotencyKey: "a\0b", payload: "data:,\0" });
  const line = { rawTimestamp: "", message: "one\0two", level: "INFO", source: null, timestamp: 1 } as const;
  await changeJob(store, job, { name: "status", at: 1, logs: [line] }, increase);
  await changeJob(store, job, { name: "finished", at: 1 }, (current) =>
    fail(current, { ...SOME_ERROR, message: "broken\0here" }, NOT_BILLED, 1),
  );

  expect((await store.findByIdempotencyKey(job.callerId, "a\0b"))?.job.id).toBe(job.id);
  expect((await store.readLogs(job.id, 1)).map(({ message }) => message)).toEqual(["one\0two"]);
  expect((await store.find(job.id))?.error?.message).toBe("broken\0here");
  expect(await store.find("no\0job")).toBeNull();
});
