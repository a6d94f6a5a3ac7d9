import { expect, it } from "vitest";
import type { Job } from "../../../src/services/job.js";
import {
  cancel,
  complete,
  fail,
  NOT_BILLED,
  observe,
  requestCancel,
  startSending,
} from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import { MAX_EVENTS_PER_READ } from "../../../src/services/store/database.js";
import type { NewLogLine } from "../../../src/services/store/job-change.js";
import type { JobStore } from "../../../src/services/store/job-store.js";
import { insertJob, SOME_ERROR, SOME_OUTPUT } from "../../support/make-job.js";
import { type OpenStore, openStore } from "../../support/open-store.js";

const AT = 5_000;
const SUBMITTED = { submission: "SUBMITTED", ownerId: "instance" } as const;

function line(message: string): NewLogLine {
  return { rawTimestamp: "t", message, level: "INFO", source: null, timestamp: AT };
}

async function sequencesOf({ database }: OpenStore, jobId: string): Promise<number[]> {
  const rows = await database.query<{ sequence: number }>(
    "SELECT sequence FROM job_event WHERE job_id = $1 ORDER BY sequence",
    [jobId],
  );
  return rows.map(({ sequence }) => sequence);
}

/** A stored job that upstream has accepted. */
async function insertSubmitted(store: JobStore): Promise<Job> {
  const job = await insertJob(store);
  const submitted = await store.change({
    before: job,
    after: { ...job, ...SUBMITTED, requestId: "r1" },
    name: "submitted",
    at: AT,
  });
  if (!submitted) throw new Error("The job changed under the test.");
  return submitted;
}

it("gives back a job as it was stored, whatever its seed", async () => {
  const { store } = await openStore();
  for (const seed of [0n, 7n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
    const { id, input } = await insertJob(store);
    const job = await insertJob(store, { input: { ...input, seed, prompt: 'tabs\t, "quotes", \u0000 and 🎸' } });

    expect(await store.find(job.id)).toEqual({ ...job, queuePosition: expect.any(Number) });
    expect(await store.find(id)).not.toBeNull();
  }
});

it("keeps the whole outcome of a finished job", async () => {
  const { store } = await openStore();
  const settlement = { billed: "YES", billableUnits: 2.5, inferenceSeconds: 1.25 } as const;
  const done = await insertSubmitted(store);
  const broken = await insertSubmitted(store);
  await changeJob(store, done, { name: "finished", at: AT }, (job) => complete(job, SOME_OUTPUT, settlement, AT));
  await changeJob(store, broken, { name: "finished", at: AT }, (job) =>
    fail(job, { ...SOME_ERROR, field: ["audioUrl"] }, settlement, AT),
  );

  expect(await store.find(done.id)).toMatchObject({
    ...settlement,
    status: "COMPLETED",
    output: SOME_OUTPUT,
    error: null,
  });
  expect(await store.find(broken.id)).toMatchObject({ status: "FAILED", output: null, error: { field: ["audioUrl"] } });
});

it("changes nothing when the job was changed since it was read", async () => {
  const changed: string[] = [];
  const { store } = await openStore((steps) => changed.push(...steps.map(({ job }) => job.id)));
  const job = await insertJob(store);
  const first = await store.change({ before: job, after: { ...job, submission: "SENDING" }, name: "sending", at: AT });
  changed.length = 0;

  const stale = await store.change({
    before: job,
    after: { ...job, status: "CANCELLED", finishedAt: AT },
    name: "finished",
    at: AT,
    logs: [line("lost")],
  });

  expect(stale).toBeNull();
  expect(changed).toEqual([]);
  expect(await store.find(job.id)).toMatchObject({
    status: "IN_QUEUE",
    submission: "SENDING",
    lastSequence: first?.lastSequence,
  });
  expect(await store.readLogs(job.id, 10, 100)).toEqual([]);
});

it("lets exactly one of many racing steps through, whatever they race for", async () => {
  const { store } = await openStore();
  const job = await insertJob(store);

  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      changeJob(store, job, { name: "sending", at: index }, (current) =>
        index % 2 === 0 ? startSending(current, "instance", AT) : cancel(current, NOT_BILLED, AT),
      ),
    ),
  );

  const winners = outcomes.filter((outcome) => outcome !== null);
  // Sent first, it may still be cancelled; cancelled first, it may not be sent.
  expect(winners.map(({ submission, status }) => [submission, status])).toEqual([
    ["SENDING", "IN_QUEUE"],
    ["SENDING", "CANCELLED"],
  ]);
});

it("numbers events without a gap and log lines from 1, under concurrent writers", async () => {
  const open = await openStore();
  const job = await insertSubmitted(open.store);

  await Promise.all(
    Array.from({ length: 25 }, (_, writer) =>
      changeJob(
        open.store,
        job,
        { name: "status", at: AT, logs: [line(`a${writer}`), line(`b${writer}`)] },
        (current) => observe(current, "IN_PROGRESS", writer / 25, AT),
      ),
    ),
  );

  const after = await open.store.find(job.id);
  expect(await sequencesOf(open, job.id)).toEqual(Array.from({ length: 27 }, (_, index) => index + 1));
  expect(after).toMatchObject({ lastSequence: 27, logCount: 50 });
  const lines = await open.store.readLogs(job.id, 1_000, 27);
  expect(lines.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  expect(new Set(lines.map(({ message }) => message)).size).toBe(50);
});

it("tells of every commit, after it and once per job", async () => {
  const seen: Promise<number | undefined>[] = [];
  const open = await openStore((steps) => {
    for (const { job } of steps) seen.push(open.store.find(job.id).then((job) => job?.lastSequence));
  });
  const job = await insertJob(open.store);
  await changeJob(open.store, job, { name: "cancel-requested", at: AT }, (current) => requestCancel(current, AT));

  expect(await Promise.all(seen)).toEqual([1, 2]);
});

it("reads the newest lines up to an event, oldest first", async () => {
  const { store } = await openStore();
  const job = await insertSubmitted(store);
  const write = (messages: string[]) =>
    changeJob(store, job, { name: "status", at: AT, logs: messages.map(line) }, (current) => ({ ...current }));
  await write(["one", "two"]);
  await write([]);
  await write(["three"]);

  const messages = async (last: number, upTo: number) =>
    (await store.readLogs(job.id, last, upTo)).map((log) => log.message);
  expect(await messages(10, 100)).toEqual(["one", "two", "three"]);
  expect(await messages(2, 100)).toEqual(["two", "three"]);
  expect(await messages(10, 3)).toEqual(["one", "two"]);
  expect(await messages(0, 100)).toEqual([]);
  expect((await store.eventsSince(job.id, 2, 100)).map(({ logs }) => logs.length)).toEqual([2, 0, 1]);
  expect((await store.eventsSince(job.id, 2, 1)).map(({ sequence }) => sequence)).toEqual([3]);
});

it("reads what is new of several jobs, each from its own place and a bounded part at a time", async () => {
  const { store } = await openStore();
  const [long, short] = [await insertSubmitted(store), await insertSubmitted(store)];
  for (let index = 0; index < MAX_EVENTS_PER_READ + 10; index++) {
    const before = { ...long, lastSequence: long.lastSequence + index, logCount: index };
    await store.change({ before, after: before, name: "status", at: AT, logs: [line(`line ${index}`)] });
  }
  const news = (places: readonly [Job, number][]) =>
    Promise.all(places.map(async ([{ id }, sequence]) => (await store.newsSince(id, sequence)).events));
  const sequences = (events: readonly { sequence: number }[] | undefined) => events?.map(({ sequence }) => sequence);

  const [first, other] = await news([
    [long, long.lastSequence],
    [short, 1],
  ]);
  expect(first).toHaveLength(MAX_EVENTS_PER_READ);
  expect(sequences(other)).toEqual([2]);
  const readUpTo = first?.at(-1)?.sequence ?? 0;
  const [rest, none] = await news([
    [long, readUpTo],
    [short, 2],
  ]);
  expect(sequences(rest)).toEqual(Array.from({ length: 10 }, (_, index) => readUpTo + 1 + index));
  expect(none).toEqual([]);
});

it("keeps a payload exactly as long as the job may still be sent", async () => {
  const { store } = await openStore();
  const insert = () => insertJob(store, {}, { payload: "data:audio/wav;base64,AAAA" });
  const step = (job: Job, after: Partial<Job>) =>
    store.change({ before: job, after: { ...job, ...after }, name: "status", at: AT });

  const waiting = await insert();
  const sending = await step(waiting, { submission: "SENDING" });
  expect(await store.findPayload(waiting.id)).toMatch(/^data:/);
  await step(sending ?? waiting, { ...SUBMITTED, requestId: "r1" });
  expect(await store.findPayload(waiting.id)).toBeNull();

  for (const end of [
    { submission: "UNCONFIRMED" },
    { status: "CANCELLED", finishedAt: AT },
    { status: "FAILED", finishedAt: AT },
  ] as const) {
    const job = await insert();
    await step(job, end);
    expect(await store.findPayload(job.id)).toBeNull();
  }
});

it("finds any number of jobs in one call", async () => {
  const { store } = await openStore();
  const ids: string[] = [];
  for (let index = 0; index < 230; index++) ids.push((await insertJob(store)).id);

  expect((await store.findMany([...ids, "unknown"])).map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(await store.findMany([])).toEqual([]);
});

it("tells waiting jobs their place in the order in which they are sent", async () => {
  const { store } = await openStore();
  const upstream = await insertJob(store, { createdAt: 30 });
  await store.change({
    before: upstream,
    after: { ...upstream, ...SUBMITTED, requestId: "r1" },
    name: "submitted",
    at: AT,
  });
  const low = await insertJob(store, { createdAt: 10, priority: "LOW" });
  const normal = await insertJob(store, { createdAt: 20 });
  const cancelled = await insertJob(store, { createdAt: 5 });
  await changeJob(store, cancelled, { name: "finished", at: AT }, (job) => cancel(job, NOT_BILLED, AT));

  const position = async (job: Job) => (await store.find(job.id))?.queuePosition;
  expect(await position(normal)).toBe(1);
  expect(await position(low)).toBe(2);
  expect(await position(upstream)).toBeNull();
  expect(await position(cancelled)).toBeNull();
});

it("forgets upstream's queue position once the job has left the queue", async () => {
  const { store } = await openStore();
  const job = await insertSubmitted(store);
  await store.setQueuePosition(job, 7);
  expect((await store.find(job.id))?.queuePosition).toBe(7);

  await changeJob(store, job, { name: "status", at: AT }, (current) => observe(current, "IN_PROGRESS", null, AT));
  const queuedAgain = await changeJob(store, job, { name: "status", at: AT }, (current) =>
    observe(current, "IN_QUEUE", null, AT),
  );

  expect(queuedAgain?.status).toBe("IN_QUEUE");
  expect((await store.find(job.id))?.queuePosition).toBeNull();
});

it("rejects with the database's own error when the database is gone", async () => {
  const { store, close } = await openStore();
  const job = await insertJob(store);
  await close();

  await expect(store.find(job.id)).rejects.toThrow(/not open|closed|does not answer/i);
  await expect(store.change({ before: job, after: job, name: "status", at: AT })).rejects.toThrow(
    /not open|closed|does not answer/i,
  );
});
