import { expect, it, onTestFinished } from "vitest";
import { createServices } from "../../../src/services/create-services.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import { type Database, StoreUnavailableError } from "../../../src/services/store/database.js";
import { guardedLogger } from "../../support/log-guard.js";
import { CALLER, insertJob, makeInput, makeOptions } from "../../support/make-job.js";
import { openStore } from "../../support/open-store.js";
import { json, LiveStream } from "../../support/scripted-upstream.js";
import { SETTINGS } from "../../support/service-settings.js";
import { acceptAll } from "../dispatch-testkit.js";
import { OUTPUT, RESULT, STATUS, STREAM, SUBMIT, startQueue } from "../fal/fal-testkit.js";
import { COMPLETED, line, RUNNING } from "../tracker/tracker-testkit.js";
import { eventNames } from "./claims-testkit.js";

const PATIENTLY = { timeout: 15_000 };
/** Enough for any disk of these tests. */
const PLENTY = 1_000_000;
const LARGE = `data:audio/wav;base64,${Buffer.alloc(600_000, 7).toString("base64")}`;

/** SQLite's own limit: beyond it every write meets SQLITE_FULL, as on a full disk. */
async function fillDisk(database: Database): Promise<void> {
  const [row] = await database.query<{ page_count: number }>("PRAGMA page_count");
  await database.query(`PRAGMA max_page_count = ${row?.page_count ?? 1}`);
}

async function freeDisk(database: Database): Promise<void> {
  await database.query(`PRAGMA max_page_count = ${PLENTY}`);
}

async function countRows(database: Database): Promise<unknown> {
  const [row] = await database.query(
    `SELECT (SELECT count(*) FROM job) AS jobs, (SELECT count(*) FROM job_event) AS events,
      (SELECT count(*) FROM job_payload) AS payloads`,
  );
  return row;
}

async function openServices() {
  const open = await openStore();
  const { upstream, queue } = await startQueue();
  const settings = { ...SETTINGS, maxDataUriBytes: 2_000_000, maxLogLines: 10_000, maxLogBytes: 10_000_000 };
  const services = createServices({
    database: open.database,
    queue,
    logger: guardedLogger,
    clock: Date.now,
    outboundPolicy: {},
    baseUrl: () => "",
    settings,
  });
  onTestFinished(() => services.close());
  const submit = (audioUrl: string) =>
    services.submitJob(CALLER, makeInput({ audioUrl }), makeOptions({ idempotencyKey: "key" }));
  return { ...open, services, upstream, submit };
}

it("a full disk refuses a mutation whole, says that it may pass, and takes the same one later", async () => {
  const { database, submit } = await openServices();
  await fillDisk(database);

  const refused = submit(LARGE);

  await expect(refused).rejects.toBeInstanceOf(StoreUnavailableError);
  await expect(refused).rejects.toMatchObject({
    code: "SERVICE_UNAVAILABLE",
    reason: expect.stringMatching(/^SQLite: .*full/),
    message: expect.not.stringMatching(/SQLite|full/),
  });
  expect(await countRows(database)).toEqual({ jobs: 0, events: 0, payloads: 0 });

  await freeDisk(database);
  const { job } = await submit(LARGE);

  expect(job?.status).toBe("IN_QUEUE");
  expect(await countRows(database)).toEqual({ jobs: 1, events: 1, payloads: 1 });
});

it("a full disk takes no step by half: neither the job changes nor its event is there", async () => {
  const { database, store } = await openStore();
  const job = await insertJob(store);
  const small = await insertJob(store);
  const message = "x".repeat(600_000);
  const logs = [{ rawTimestamp: "", message, level: "INFO", source: null, timestamp: 1 } as const];
  const write = () => changeJob(store, job, { name: "status", at: 1, logs }, (current) => current);
  await fillDisk(database);

  // In one batch: none of it is written.
  const outcomes = await Promise.allSettled([
    changeJob(store, small, { name: "status", at: 1 }, (current) => ({ ...current, progress: 0.5 })),
    write(),
  ]);

  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await store.find(small.id)).toMatchObject({ progress: null, lastSequence: 1 });
  expect(await eventNames(database, job.id)).toEqual(["accepted"]);
  await freeDisk(database);
  expect(await write()).toMatchObject({ lastSequence: 2, logCount: 1 });
  expect(await eventNames(database, job.id)).toEqual(["accepted", "status"]);
});

it("a job goes on after the disk was full, with every log line once", async () => {
  const { services, upstream, database, store, submit } = await openServices();
  const live = new LiveStream();
  upstream.on(SUBMIT, acceptAll());
  const lines = Array.from({ length: 200 }, (_, index) => line(index, `${index} ${"x".repeat(1_000)}`));
  upstream.on(STREAM, live.reply, json(404, {}));
  upstream.on(STATUS, json(202, RUNNING), json(200, { ...COMPLETED, logs: lines }));
  upstream.on(RESULT, json(200, OUTPUT));
  await services.start();
  const { job } = await submit("https://files.example/clip.wav");
  const id = job?.id ?? "";
  await live.opened;
  await fillDisk(database);

  live.send({ ...RUNNING, logs: lines.slice(0, 100) });
  live.end();
  // The status is asked for only after storing the lines has failed.
  await upstream.arrivals.until(({ route }) => route === STATUS);
  expect((await store.find(id))?.logCount).toBe(0);
  await freeDisk(database);

  await expect.poll(async () => (await store.find(id))?.status, PATIENTLY).toBe("COMPLETED");
  const kept = await store.readLogs(id, 1_000);
  expect(kept.map(({ sequence, message }) => [sequence, message])).toEqual(
    lines.map(({ message }, index) => [index + 1, message]),
  );
});
