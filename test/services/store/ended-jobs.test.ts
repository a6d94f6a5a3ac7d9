import { expect, it } from "vitest";
import { cancel, complete, NOT_BILLED } from "../../../src/services/job-state.js";
import type { Database } from "../../../src/services/store/database.js";
import { JobArchive } from "../../../src/services/store/job-archive.js";
import type { NewLogLine } from "../../../src/services/store/job-change.js";
import { JobHistory } from "../../../src/services/store/job-history.js";
import { JobStore } from "../../../src/services/store/job-store.js";
import { CALLER, insertJob, SOME_OUTPUT } from "../../support/make-job.js";
import { openStore } from "../../support/open-store.js";

const AT = 5_000;
const LINE: NewLogLine = { rawTimestamp: "t", message: "rendered", level: "INFO", source: null, timestamp: AT };

/** A store beside the one that a job was ended with, and how many whole rows and logs it has read. */
async function openReader() {
  const { database, store } = await openStore();
  let wholeReads = 0;
  const counting: Database = {
    ...database,
    query: (sql, parameters) => {
      if (/job\.\*|SELECT logs/.test(sql)) wholeReads += 1;
      return database.query(sql, parameters);
    },
  };
  return {
    database,
    store,
    reader: new JobStore(counting, () => {}),
    history: new JobHistory(counting),
    async readsDuring(work: () => Promise<unknown>) {
      const before = wholeReads;
      await work();
      return wholeReads - before;
    },
  };
}

async function insertCompleted(store: JobStore) {
  const before = await insertJob(store, { submission: "SUBMITTED", requestId: "r1", status: "IN_PROGRESS" });
  const reported = await store.change({ before, after: before, name: "status", at: AT, logs: [LINE] });
  const after = reported && complete(reported, SOME_OUTPUT, NOT_BILLED, AT);
  const job = after && (await store.change({ before: reported, after, name: "finished", at: AT }));
  if (!job) throw new Error("The job changed under the test.");
  return job;
}

it("fetches a job that has ended once, and its log, and gives the same again", async () => {
  const { store, reader, readsDuring } = await openReader();
  const { id } = await insertCompleted(store);
  const look = async () => {
    const job = await reader.findOwned(CALLER.id, id);
    return job && { job, lines: await reader.logsOf(job, 20) };
  };

  const first = await look();
  expect(first).toMatchObject({ job: { status: "COMPLETED", output: SOME_OUTPUT }, lines: [{ message: "rendered" }] });
  expect(await readsDuring(async () => expect(await look()).toEqual(first))).toBe(0);
});

it("shows each step of a job that has not ended", async () => {
  const { store, reader } = await openReader();
  const before = await insertJob(store);
  expect(await reader.findOwned(CALLER.id, before.id)).toMatchObject({ status: "IN_QUEUE" });
  const after = cancel(before, NOT_BILLED, AT);
  await store.change({ before, after: after ?? before, name: "finished", at: AT });

  expect(await reader.findOwned(CALLER.id, before.id)).toMatchObject({ status: "CANCELLED" });
});

it("never shows a job to another caller, whoever asked for it before", async () => {
  const { store, reader } = await openReader();
  const { id } = await insertCompleted(store);
  await reader.findOwned(CALLER.id, id);

  expect(await reader.findOwned("somebody else", id)).toBeNull();
});

it("learns that a result is archived by now, and that a job is gone", async () => {
  const { database, store, reader, history } = await openReader();
  const { id } = await insertCompleted(store);
  const file = { fileName: "a.wav", contentType: "audio/wav", sizeBytes: 3 };
  expect(await reader.findOwned(CALLER.id, id)).toMatchObject({ archived: null });

  await new JobArchive(database).settle(id, file);
  expect(await reader.findOwned(CALLER.id, id)).toMatchObject({ archived: file });

  await history.removeFinished(AT + 1);
  expect(await reader.findOwned(CALLER.id, id)).toBeNull();
});

it("learns the request id of a job that was given up before it was known", async () => {
  const { store, reader } = await openReader();
  const waiting = await insertJob(store, { submission: "UNCONFIRMED" });
  const ended = cancel(waiting, NOT_BILLED, AT);
  const before = ended && (await store.change({ before: waiting, after: ended, name: "finished", at: AT }));
  if (!before) throw new Error("The job changed under the test.");
  await reader.findOwned(CALLER.id, before.id);
  await store.change({ before, after: { ...before, requestId: "late" }, name: "submitted", at: AT });

  expect(await reader.findOwned(CALLER.id, before.id)).toMatchObject({ requestId: "late" });
});

it("lists what ended and what runs, in order, and the ended ones from memory", async () => {
  const { store, history, readsDuring } = await openReader();
  const first = await insertCompleted(store);
  const second = await insertJob(store, { createdAt: first.createdAt + 1 });
  const third = await insertJob(store, { createdAt: first.createdAt + 2 });
  const ended = cancel(third, NOT_BILLED, AT);
  await store.change({ before: third, after: ended ?? third, name: "finished", at: AT });
  const filter = { status: null, requestId: null, createdAfter: null, createdBefore: null };
  const list = async () =>
    (await history.list(CALLER.id, { filter, limit: 10, direction: "older", olderThan: null, newerThan: null })).map(
      ({ id, status }) => [id, status],
    );

  const expected = [
    [third.id, "CANCELLED"],
    [second.id, "IN_QUEUE"],
    [first.id, "COMPLETED"],
  ];
  expect(await list()).toEqual(expected);
  // Of the one that runs.
  expect(await readsDuring(async () => expect(await list()).toEqual(expected))).toBe(1);
});
