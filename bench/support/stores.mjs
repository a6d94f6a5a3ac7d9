// @ts-check
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { v7 as uuidv7 } from "uuid";
import { JobFeed } from "../../dist/services/feed/job-feed.js";
import { JobStore } from "../../dist/services/store/job-store.js";
import { migrate } from "../../dist/services/store/migrations.js";
import { openPostgres } from "../../dist/services/store/postgres.js";
import { openSqlite } from "../../dist/services/store/sqlite.js";
import { withPostgres } from "./postgres.mjs";

export const logger = pino({ level: "silent" });
export const CALLER = { id: "anonymous" };

/**
 * Runs `work` with a place for jobs on each store: a folder for SQLite, a URL for PostgreSQL.
 * @template Result
 * @param {(store: "SQLite" | "PostgreSQL", place: string) => Promise<Result>} work
 * @returns {Promise<Result[]>}
 */
export async function onBothStores(work) {
  const folder = await mkdtemp(join(tmpdir(), "punchin-bench-"));
  try {
    return [await work("SQLite", folder), await withPostgres((url) => work("PostgreSQL", url))];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} place a folder, or a URL of PostgreSQL's */
export async function openDatabase(place) {
  const database = place.startsWith("postgres:") ? await openPostgres(place, logger) : openSqlite(place);
  await migrate(database);
  return database;
}

/** A store and its feed, wired as an instance wires them. @param {Awaited<ReturnType<typeof openDatabase>>} database */
export function openFeed(database) {
  const store = new JobStore(database, (steps) => feed.tell(steps));
  const feed = new JobFeed(store, logger, 10_000);
  database.onAnnouncement((jobIds) => feed.wake(jobIds));
  return { store, feed };
}

/** @param {JobStore} store @param {number} count */
export async function insertJobs(store, count) {
  const jobs = Array.from({ length: count }, newJob);
  for (const job of jobs)
    await store.insert({ job, idempotencyKey: null, idempotencyHash: "", payload: null, webhookUrl: null });
  return jobs;
}

/**
 * Commits one event with one log line.
 * @param {JobStore} store
 * @param {ReturnType<typeof newJob>} job
 * @param {string} message
 */
export async function writeLine(store, job, message) {
  const at = Date.now();
  const line = { message, level: "INFO", source: null, timestamp: at, rawTimestamp: new Date(at).toISOString() };
  const changed = await store.change({ before: job, after: job, name: "status", at, logs: [line] });
  if (!changed) throw new Error("Somebody else changed the job.");
  return changed;
}

export function newJob() {
  const now = Date.now();
  return {
    id: uuidv7(),
    callerId: CALLER.id,
    status: "IN_PROGRESS",
    submission: "SUBMITTED",
    requestId: null,
    input: {
      prompt: "rain on a tin roof",
      audioUrl: "https://files.example/clip.wav",
      secondsTotal: null,
      guidanceScale: 1,
      maskStart: 2,
      maskEnd: 4,
      numInferenceSteps: 8,
      seed: 42n,
    },
    priority: "NORMAL",
    queuePosition: null,
    progress: null,
    output: null,
    error: null,
    billed: "UNKNOWN",
    billableUnits: null,
    inferenceSeconds: null,
    createdAt: now,
    startDeadlineAt: now + 3_600_000,
    submittedAt: null,
    startedAt: null,
    finishedAt: null,
    cancelRequestedAt: null,
    ownerId: null,
    claimedAt: null,
    lastSequence: 1,
    logCount: 0,
  };
}
