// @ts-check
// 1,000 and 3,000 jobs at once, 20 log lines each, one watcher each on a socket of its own, on both stores: what the
// server's process uses for it, from submission to end, and how long a line takes from upstream to its watcher. The
// upstream begins with all of them when all are watched. "ram" beside it: SQLite on a RAM disk, to tell the disk's part.
import { existsSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { millisecondsSince, nowNanoseconds, percentile, printTable, rounded, spread } from "./support/measure.mjs";
import { startWorker } from "./support/processes.mjs";
import { startServer } from "./support/server.mjs";
import { onBothStores } from "./support/stores.mjs";

const LINES = 20;
const WARM_UP_JOBS = 1_000;
const WARM_UP_PACE_MS = 50;
const SYNCS = 50;
/** Where Linux has one. */
const RAM_DISK = "/dev/shm";

/** @type {readonly [jobs: number, millisecondsPerLine: number][]} */
const LOADS = [
  [1_000, 500],
  [3_000, 1_000],
];

/** How long this disk takes to keep a page for good, now. @param {string} folder */
function syncMilliseconds(folder) {
  const file = openSync(join(folder, "sync"), "w");
  const page = Buffer.alloc(4_096);
  return Array.from({ length: SYNCS }, () => {
    writeSync(file, page);
    const startedAt = nowNanoseconds();
    fdatasyncSync(file);
    return millisecondsSince(startedAt);
  });
}

/**
 * @param {string} store
 * @param {string} place
 * @param {number} jobs
 * @param {number} millisecondsPerLine
 */
async function measure(store, place, jobs, millisecondsPerLine) {
  const upstream = await startWorker("upstream.mjs", String(LINES), String(millisecondsPerLine));
  // Peers look at no clip; and the address of these is nobody's.
  const server = await startServer(place, upstream.first, { MAX_STREAMS: "10000", PREFLIGHT: "off" });
  const clients = await startWorker("followed-jobs.mjs");
  // The first jobs compile the code.
  await upstream.ask({ pace: WARM_UP_PACE_MS });
  await clients.ask({ url: server.url, jobs: WARM_UP_JOBS, lines: LINES });
  await clients.next();
  await upstream.ask({ pace: millisecondsPerLine });

  const before = await server.usage("heap");
  await upstream.ask("hold");
  await clients.ask({ url: server.url, jobs, lines: LINES });
  const started = await server.usage();
  await upstream.ask("go");
  const { latencies, startSeconds, inexact } = await clients.next();
  const after = await server.usage();
  await clients.stop();
  await server.stop("SIGKILL");
  await upstream.stop();
  const peakMegabytes = Math.max(started.peakMegabytes, after.peakMegabytes);
  return {
    store,
    jobs: rounded(jobs),
    "CPU ms per job": rounded((after.cpuMilliseconds - before.cpuMilliseconds) / jobs),
    "of that until all are watched": rounded((started.cpuMilliseconds - before.cpuMilliseconds) / jobs),
    "RSS kB per job in flight": rounded(((peakMegabytes - before.residentMegabytes) * 1_024) / jobs),
    "line to watcher p50 / p99 ms": spread(latencies),
    "loop delay p99 ms": rounded(after.loopDelayMilliseconds),
    "seconds to start all": rounded(startSeconds),
    "watchers with lost or repeated lines": String(inexact),
    "one sync of the disk, ms": place.startsWith("postgres:") ? "" : rounded(percentile(syncMilliseconds(place), 0.5)),
  };
}

/** @param {string} store @param {string} place */
async function measureAll(store, place) {
  const rows = [];
  for (const [jobs, millisecondsPerLine] of LOADS) rows.push(await measure(store, place, jobs, millisecondsPerLine));
  return rows;
}

const rows = (await onBothStores(measureAll)).flat();
if (existsSync(RAM_DISK)) {
  const folder = await mkdtemp(join(RAM_DISK, "punchin-bench-"));
  rows.push(...(await measureAll("SQLite, ram", folder)));
  await rm(folder, { recursive: true, force: true });
}
printTable(rows);
