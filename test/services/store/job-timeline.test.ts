import { expect, it } from "vitest";
import type { Job } from "../../../src/services/job.js";
import {
  bindRequest,
  cancel,
  complete,
  NOT_BILLED,
  observe,
  requestCancel,
  returnToWaiting,
  startSending,
  takeOver,
} from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import type { Database, Query } from "../../../src/services/store/database.js";
import type { JobEventName } from "../../../src/services/store/job-change.js";
import { JobHistory } from "../../../src/services/store/job-history.js";
import type { JobStore } from "../../../src/services/store/job-store.js";
import { JobTimelines, MAX_TIMELINE_ENTRIES } from "../../../src/services/store/job-timeline.js";
import { WebhookDeliveries } from "../../../src/services/store/webhook-deliveries.js";
import { insertJob, SOME_OUTPUT } from "../../support/make-job.js";
import { openStore } from "../../support/open-store.js";

type Step = readonly [JobEventName, (job: Job, at: number) => Job | null];

const SEND: Step = ["sending", (job, at) => startSending(job, "me", at)];
const PUT_BACK: Step = ["waiting", (job) => returnToWaiting(job, job)];
const SUBMIT: Step = ["submitted", (job, at) => bindRequest(job, "r1", at)];
const START: Step = ["started", (job, at) => observe(job, "IN_PROGRESS", null, at)];
const PROGRESS: Step = ["status", (job, at) => observe(job, "IN_PROGRESS", 0.5, at)];
const REQUEUE: Step = ["requeued", (job, at) => observe(job, "IN_QUEUE", null, at)];
const TAKE_OVER: Step = ["taken-over", (job) => takeOver(job, "other")];
const FINISH: Step = ["finished", (job, at) => complete(job, SOME_OUTPUT, NOT_BILLED, at)];

/** Takes the steps, one a second from 1 s on. */
async function walk(store: JobStore, job: Job, steps: readonly Step[]): Promise<void> {
  let current = job;
  for (const [index, [name, next]] of steps.entries()) {
    const at = (index + 1) * 1_000;
    const changed = await changeJob(store, current, { name, at }, (before) => next(before, at));
    if (!changed) throw new Error(`${name} is no legal step.`);
    current = changed;
  }
}

/** The same database, and how often it is asked. */
function counted(database: Database): { database: Database; reads: string[] } {
  const reads: string[] = [];
  const query: Query = (sql, parameters) => {
    reads.push(sql);
    return database.query(sql, parameters);
  };
  return { database: { ...database, query }, reads };
}

it("tells what happened to a job and when, oldest first, and no step of mere progress", async () => {
  const { store, database } = await openStore();
  const job = await insertJob(store, { createdAt: 500 });
  await walk(store, job, [SEND, PUT_BACK, SEND, SUBMIT, START, PROGRESS, REQUEUE, TAKE_OVER, START, PROGRESS, FINISH]);

  const timeline = await new JobTimelines(database).read(job.id);

  expect(timeline.map(({ at, event }) => [at, event])).toEqual([
    [500, "accepted"],
    [1_000, "sent"],
    [2_000, "put-back"],
    [3_000, "sent"],
    [4_000, "submitted"],
    [5_000, "started"],
    [7_000, "requeued"],
    [8_000, "taken-over"],
    [9_000, "started"],
    [11_000, "finished"],
  ]);
  expect(timeline.at(-1)?.detail).toBe("COMPLETED");
});

it("tells the end of a job that was cancelled before it was sent, and of one whose webhook was delivered", async () => {
  const { store, database } = await openStore();
  const cancelled = await insertJob(store);
  await walk(store, cancelled, [
    ["cancel-requested", (job, at) => cancel(requestCancel(job, at) ?? job, NOT_BILLED, at)],
  ]);
  const told = await insertJob(store, {}, { webhookUrl: "https://receiver.example/hook" });
  await walk(store, told, [SEND, SUBMIT, FINISH]);
  const deliveries = new WebhookDeliveries(database);
  const [delivery] = await deliveries.findDue(9_000, 1, [], 9_000);
  if (!delivery) throw new Error("There is no delivery.");
  await deliveries.markDelivered(delivery, 9_000);
  const timelines = new JobTimelines(database);

  const [first, second] = await Promise.all([timelines.read(cancelled.id), timelines.read(told.id)]);

  expect(first.map(({ event, detail }) => [event, detail])).toEqual([
    ["accepted", null],
    ["cancel-requested", null],
    ["finished", "CANCELLED"],
  ]);
  expect(second.at(-1)).toMatchObject({ at: 9_000, event: "delivered" });
});

it("reads the timelines of many jobs in one statement, each its own, and none of an unknown job", async () => {
  const { store, database } = await openStore();
  const jobs = await Promise.all(Array.from({ length: 50 }, () => insertJob(store)));
  const [first] = jobs;
  if (!first) throw new Error("There is no job.");
  await walk(store, first, [SEND]);
  const { database: watched, reads } = counted(database);
  const timelines = new JobTimelines(watched);

  const read = await Promise.all([...jobs.map(({ id }) => id), "unknown", first.id].map((id) => timelines.read(id)));

  expect(read.map((entries) => entries.length)).toEqual([2, ...Array(49).fill(1), 0, 2]);
  expect(reads).toHaveLength(1);
});

it("keeps every entry when the job is compacted", async () => {
  const { store, database } = await openStore();
  const job = await insertJob(store);
  await walk(store, job, [SEND, SUBMIT, START, PROGRESS, REQUEUE, START, PROGRESS, FINISH]);
  const timelines = new JobTimelines(database);
  const before = await timelines.read(job.id);

  expect(await new JobHistory(database).compactFinished(10_000)).toBe(1);

  expect(await timelines.read(job.id)).toEqual(before);
  expect(before).toHaveLength(7);
});

it("shows the newest entries of a job that was put back again and again", async () => {
  const { store, database } = await openStore();
  const job = await insertJob(store);
  await walk(store, job, Array.from({ length: 60 }, () => [SEND, PUT_BACK]).flat());

  const timeline = await new JobTimelines(database).read(job.id);

  expect(timeline).toHaveLength(MAX_TIMELINE_ENTRIES);
  expect(timeline.at(-1)?.at).toBe(120_000);
});
