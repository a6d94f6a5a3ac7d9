// @ts-check
// From the moment an event comes about to a subscriber of the feed, at 2,000 events a second over 1,000 watched jobs:
// SQLite in one process, PostgreSQL with the subscribers on another instance.
import { setTimeout } from "node:timers/promises";
import { nowNanoseconds, printTable, spread } from "./support/measure.mjs";
import { startWorker } from "./support/processes.mjs";
import { insertJobs, onBothStores, openDatabase, openFeed, writeLine } from "./support/stores.mjs";
import { watchAll } from "./support/watching.mjs";

const JOBS = 1_000;
const EVENTS_PER_SECOND = 2_000;
const WARM_UP_SECONDS = 2;
const SECONDS = 6;
const SETTLE_MILLISECONDS = 1_500;

/**
 * @param {import("../dist/services/store/job-store.js").JobStore} store
 * @param {Awaited<ReturnType<typeof insertJobs>>} jobs
 * @param {number} total
 */
async function writeSteadily(store, jobs, total) {
  const startedAt = performance.now();
  const writes = [];
  const write = async (/** @type {number} */ index) => {
    const job = jobs[index];
    if (job) jobs[index] = await writeLine(store, job, String(nowNanoseconds()));
  };
  while (writes.length < total) {
    const due = Math.min(total, ((performance.now() - startedAt) / 1_000) * EVENTS_PER_SECOND);
    while (writes.length < due) writes.push(write(writes.length % jobs.length));
    await setTimeout(1);
  }
  await Promise.all(writes);
}

printTable(
  await onBothStores(async (name, place) => {
    const database = await openDatabase(place);
    const { store, feed } = openFeed(database);
    const jobs = await insertJobs(store, JOBS);
    const jobIds = jobs.map(({ id }) => id);
    const other = name === "PostgreSQL" ? await startWorker("event-watcher.mjs", place) : null;
    await other?.ask(jobIds);
    const local = other ? [] : await watchAll(feed, jobIds);

    const warmUp = WARM_UP_SECONDS * EVENTS_PER_SECOND;
    const total = warmUp + SECONDS * EVENTS_PER_SECOND;
    await writeSteadily(store, jobs, total);
    await setTimeout(SETTLE_MILLISECONDS);
    /** @type {number[]} */
    const latencies = other ? await other.ask("report") : local;

    await other?.stop();
    feed.close();
    await database.close();
    return {
      store: name,
      subscribers: other ? "on another instance" : "in the same process",
      "p50 / p99 ms": spread(latencies.slice(warmUp)),
      "lost events": String(total - latencies.length),
      "target p50": other ? "< 5 ms" : "< 1 ms",
    };
  }),
);
