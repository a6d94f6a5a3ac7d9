import { expect, it, onTestFinished } from "vitest";
import { encodeEventCursor } from "../../src/services/cursor.js";
import { JobFeed } from "../../src/services/feed/job-feed.js";
import type { Job } from "../../src/services/job.js";
import { complete, NOT_BILLED, observe } from "../../src/services/job-state.js";
import { changeJob } from "../../src/services/jobs/change-job.js";
import { Retention } from "../../src/services/retention.js";
import { JobHistory } from "../../src/services/store/job-history.js";
import type { JobStore } from "../../src/services/store/job-store.js";
import { guardedLogger } from "../support/log-guard.js";
import { CALLER, insertJob, SOME_OUTPUT } from "../support/make-job.js";
import { unlimited } from "../support/open-access.js";
import { openStore } from "../support/open-store.js";
import { linesOf, restOf } from "./feed/feed-testkit.js";
import { eventNames, insertSent } from "./store/claims-testkit.js";

const PATIENTLY = { timeout: 10_000 };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW = 1_700_000_000_000;

async function openRetention() {
  const open = await openStore();
  const removed: string[] = [];
  const retention = new Retention({
    history: new JobHistory(open.database),
    quotas: unlimited(open.database),
    logger: guardedLogger,
    clock: () => NOW,
    retentionDays: 30,
    onRemoved: async (ids) => {
      removed.push(...ids);
    },
  });
  onTestFinished(() => retention.close());
  const count = async (table: string) => {
    const [row] = await open.database.query<{ count: number }>(`SELECT count(*) AS count FROM ${table}`);
    return row?.count;
  };
  return { ...open, retention, count, removed };
}

/** A job that ended this long ago. */
function insertFinished(store: JobStore, ageMs: number): Promise<Job> {
  return insertSent(store, "me", { status: "FAILED", finishedAt: NOW - ageMs });
}

/** A job with ten log lines among twenty steps of progress, finished this long ago; and where each of its events stands. */
async function insertLogged(store: JobStore, ageMs: number): Promise<Job> {
  const at = NOW - ageMs;
  const job = await insertSent(store, "me");
  for (let step = 1; step <= 20; step++) {
    const message = `line ${step}`;
    const line = { rawTimestamp: "", message, level: "INFO", source: null, timestamp: at } as const;
    await changeJob(store, job, { name: "status", at, logs: step % 2 === 0 ? [line] : [] }, (current) =>
      observe(current, "IN_PROGRESS", step / 20, at),
    );
  }
  const finished = await changeJob(store, job, { name: "finished", at }, (current) =>
    complete(current, SOME_OUTPUT, NOT_BILLED, at),
  );
  if (!finished) throw new Error("The job changed under the test.");
  return finished;
}

it("removes finished jobs after their time, with their events and data, however many, and no others", async () => {
  const { retention, store, count, removed } = await openRetention();
  const old = await Promise.all(Array.from({ length: 230 }, () => insertFinished(store, 30 * DAY_MS + 1)));
  const kept = [
    await insertFinished(store, 30 * DAY_MS),
    await insertJob(store, { createdAt: NOW - 90 * DAY_MS }, { payload: "data:," }),
    await insertSent(store, "me", { createdAt: NOW - 90 * DAY_MS }),
  ];

  retention.start();

  await expect.poll(() => count("job"), PATIENTLY).toBe(kept.length);
  for (const job of kept) expect(await store.find(job.id)).not.toBeNull();
  expect(removed.sort()).toEqual(old.map(({ id }) => id).sort());
  expect(await count("job_event")).toBe(5);
  expect(await count("job_payload")).toBe(1);
});

it("frees the idempotency key together with its job", async () => {
  const { retention, store } = await openRetention();
  const job = await insertJob(store, {}, { idempotencyKey: "key" });
  await changeJob(store, job, { name: "finished", at: 1 }, (current) => complete(current, SOME_OUTPUT, NOT_BILLED, 1));

  retention.start();
  await expect.poll(() => store.find(job.id), PATIENTLY).toBeNull();

  expect(
    await store.insert({ job, idempotencyKey: "key", idempotencyHash: "other", payload: null, webhookUrl: null }),
  ).toEqual({
    existing: null,
  });
});

it("compacts finished jobs only, after an hour, and keeps each log line, its number and the turns of the job's life", async () => {
  const { retention, store, database } = await openRetention();
  const recent = await insertLogged(store, HOUR_MS);
  const running = await insertSent(store, "me", { status: "IN_PROGRESS" });
  await changeJob(store, running, { name: "status", at: 1 }, (current) => observe(current, "IN_PROGRESS", 0.5, 1));
  const old = await insertLogged(store, HOUR_MS + 1);
  const linesBefore = await store.readLogs(old.id, 100);

  retention.start();
  await expect.poll(async () => (await eventNames(database, old.id)).length, PATIENTLY).toBe(13);

  expect(await store.readLogs(old.id, 100)).toEqual(linesBefore);
  expect(linesBefore.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(await store.find(old.id)).toEqual(old);
  const events = await store.eventsSince(old.id, 0, 100);
  expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 23]);
  expect(await eventNames(database, recent.id)).toHaveLength(23);
  expect(await eventNames(database, running.id)).toHaveLength(3);
});

it("leaves every cursor good: whoever resumes gets all later lines once, then the end", async () => {
  const { retention, store, database } = await openRetention();
  const job = await insertLogged(store, 2 * HOUR_MS);
  const feed = new JobFeed(store, guardedLogger, 1_000);
  onTestFinished(() => feed.close());
  retention.start();
  await expect.poll(async () => (await eventNames(database, job.id)).length, PATIENTLY).toBe(13);

  for (let sequence = 1; sequence <= job.lastSequence; sequence++) {
    const watch = await feed.watch(CALLER, job.id, encodeEventCursor(job.id, sequence));
    const updates = await restOf(watch);

    // The line n is in the event 2n + 2.
    const later = Array.from({ length: 10 }, (_, index) => index + 1).filter((line) => 2 * line + 2 > sequence);
    expect(linesOf(updates)).toEqual(later.map((line) => [line, `line ${line * 2}`]));
    if (sequence < job.lastSequence) expect(updates.at(-1)).toMatchObject({ status: "COMPLETED", snapshot: false });
    else expect(updates).toEqual([]);
  }
});

it("ends the watch of a job that is removed", async () => {
  const { retention, store } = await openRetention();
  const job = await insertFinished(store, 31 * DAY_MS);
  const feed = new JobFeed(store, guardedLogger, 1_000);
  onTestFinished(() => feed.close());
  const watch = await feed.watch(CALLER, job.id, encodeEventCursor(job.id, 1));

  retention.start();
  await expect.poll(() => store.find(job.id), PATIENTLY).toBeNull();

  expect(await restOf(watch)).toEqual([]);
});
