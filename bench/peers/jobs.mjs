// @ts-check
// Very many jobs at once, each with a watcher on a connection of its own, from their submission to their end. The
// upstream begins with all of them when all are watched.
import { percentile } from "../support/measure.mjs";
import { startWorker } from "../support/processes.mjs";
import { Figures } from "./figures.mjs";
import { APOLLO, MERCURIUS, PUNCHIN, RAW_JOBS, startNamed, turns } from "./servers.mjs";

const LINES = 20;
const WARM_UP_JOBS = 1_000;
const WARM_UP_PACE_MS = 50;

const CPU = "CPU ms per job";
const P50 = "line to watcher p50 ms";
const P99 = "p99 ms";
const INEXACT = "watchers with lost or repeated lines";
const RESIDENT = "RSS kB per job in flight";
const LOOP_DELAY = "loop delay p99 ms";

/**
 * @param {string} name
 * @param {number} jobs
 * @param {number} millisecondsPerLine
 */
async function measure(name, jobs, millisecondsPerLine) {
  const upstream = await startWorker("upstream.mjs", String(LINES), String(millisecondsPerLine));
  const server = await startNamed(name, upstream.first);
  const clients = await startWorker("followed-jobs.mjs");
  // The first jobs compile the code.
  await upstream.ask({ pace: WARM_UP_PACE_MS });
  await clients.ask({ url: server.url, jobs: WARM_UP_JOBS, lines: LINES });
  await clients.next();

  await upstream.ask({ pace: millisecondsPerLine });
  const before = await server.usage("heap");
  await upstream.ask("hold");
  await clients.ask({ url: server.url, jobs, lines: LINES });
  await upstream.ask("go");
  const followed = await clients.next();
  const after = await server.usage();
  await clients.stop();
  await server.stop();
  await upstream.stop();
  return {
    [CPU]: (after.cpuMilliseconds - before.cpuMilliseconds) / jobs,
    [P50]: percentile(followed.latencies, 0.5),
    [P99]: percentile(followed.latencies, 0.99),
    "seconds to start all": followed.startSeconds,
    [INEXACT]: followed.inexact,
    [RESIDENT]: ((after.peakMegabytes - before.residentMegabytes) * 1_024) / jobs,
    [LOOP_DELAY]: after.loopDelayMilliseconds,
  };
}

/** @param {number} rounds @returns {Promise<import("./figures.mjs").Target[]>} */
export async function measureJobs(rounds) {
  const figures = new Figures();
  const servers = [PUNCHIN, APOLLO, MERCURIUS, RAW_JOBS];
  for (const name of turns(servers, rounds)) figures.add(name, await measure(name, 1_000, 500));
  figures.print("1,000 jobs at once, 20 lines each over 10 s, one watcher each", "server");
  const best = figures.best([APOLLO, MERCURIUS], CPU, "least");
  const ours = (/** @type {string} */ name) => figures.median(PUNCHIN, name);
  return [
    {
      figure: "1,000 jobs, CPU ms per job",
      ours: ours(CPU),
      bound: "at most",
      factor: 0.5,
      of: "best peer",
      theirs: best,
    },
    { figure: "the same, line to watcher p50 ms", ours: ours(P50), bound: "at most", factor: 1 },
    { figure: "the same, p99 ms", ours: ours(P99), bound: "at most", factor: 10 },
    { figure: "the same, loop delay p99 ms", ours: ours(LOOP_DELAY), bound: "at most", factor: 30 },
  ];
}

/** @param {number} rounds @returns {Promise<import("./figures.mjs").Target[]>} */
export async function measureManyJobs(rounds) {
  const figures = new Figures();
  for (const name of turns([PUNCHIN], rounds)) figures.add(name, await measure(name, 3_000, 1_000));
  figures.print("3,000 jobs at once, 20 lines each over 20 s, one watcher each", "server");
  const ours = (/** @type {string} */ name) => figures.median(PUNCHIN, name);
  return [
    { figure: "3,000 jobs, line to watcher p50 ms", ours: ours(P50), bound: "at most", factor: 1 },
    {
      figure: "the same, watchers with lost or repeated lines",
      ours: figures.largest(PUNCHIN, INEXACT),
      bound: "at most",
      factor: 0,
    },
    { figure: "the same, RSS kB per job in flight", ours: ours(RESIDENT), bound: "at most", factor: 110 },
    { figure: "the same, loop delay p99 ms", ours: ours(LOOP_DELAY), bound: "at most", factor: 30 },
  ];
}
