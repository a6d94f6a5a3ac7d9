// @ts-check
// How jobs are followed, beside fal's own client and the least that undici needs for the same exchanges, in the same run:
// from the moment a line comes about upstream to the handler of a GraphQL subscriber, or to onQueueUpdate of
// fal.subscribe; what is asked of upstream for it; and the CPU time of the process that follows. Ours stores every line and
// serves it to a watcher as well.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { millisecondsSince, percentile, printTable, rounded, spread } from "./support/measure.mjs";
import { startWorker } from "./support/processes.mjs";
import { startServer, submitJob } from "./support/server.mjs";
import { watchJob } from "./support/watch-job.mjs";

const JOBS = 100;
const LINES_PER_JOB = 16;
const MILLISECONDS_PER_LINE = 100;
/** Until the CPU time of a run stays what it is; at a quick pace. */
const WARM_UPS = 12;
const WARM_UP_PACE_MS = 15;
/** As many that count, to even out what garbage collection does to one. */
const RUNS = 4;

/** @typedef {{ latencies: number[], cpuMilliseconds: number }} Followed */

/** @param {string} upstreamUrl @returns {Promise<{ run(): Promise<Followed>, stop(): Promise<unknown> }>} */
async function ours(upstreamUrl) {
  const folder = await mkdtemp(join(tmpdir(), "punchin-bench-"));
  const server = await startServer(folder, upstreamUrl, { PREFLIGHT: "off" });
  /** @param {number[]} latencies */
  const follow = async (latencies) => {
    const { done } = await watchJob(server.url, await submitJob(server), ({ logs }) => {
      for (const { message } of logs) latencies.push(millisecondsSince(message.split(" ")[1] ?? "0"));
    });
    await done;
  };
  return {
    async run() {
      const before = await server.usage();
      /** @type {number[]} */
      const latencies = [];
      await Promise.all(Array.from({ length: JOBS }, () => follow(latencies)));
      return { latencies, cpuMilliseconds: (await server.usage()).cpuMilliseconds - before.cpuMilliseconds };
    },
    async stop() {
      await server.stop("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @param {string} program @param {string[]} mode */
function worker(program, ...mode) {
  return async (/** @type {string} */ upstreamUrl) => {
    const started = await startWorker(program, upstreamUrl, String(JOBS), ...mode);
    return { run: () => started.ask("run"), stop: () => started.stop() };
  };
}

const upstream = await startWorker("upstream.mjs", String(LINES_PER_JOB), String(MILLISECONDS_PER_LINE));
/** @type {Record<string, string>[]} */
const rows = [];
/** @type {Record<string, Followed>} */
const measured = {};
for (const [name, start] of /** @type {const} */ ([
  ["Punchin", ours],
  ["its tracker alone", worker("memory-tracker.mjs")],
  ["bare undici, the same four exchanges", worker("bare-follower.mjs")],
  ["fal.subscribe, polling", worker("fal-subscriber.mjs", "polling")],
  ["fal.subscribe, streaming", worker("fal-subscriber.mjs", "streaming")],
])) {
  const follower = await start(upstream.first);
  // The first runs compile the code.
  await upstream.ask({ pace: WARM_UP_PACE_MS });
  for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) await follower.run();
  await upstream.ask({ pace: MILLISECONDS_PER_LINE });
  await upstream.ask({ adopt: [] });
  /** @type {Followed} */
  const followed = { latencies: [], cpuMilliseconds: 0 };
  for (let run = 0; run < RUNS; run++) {
    const { latencies, cpuMilliseconds } = await follower.run();
    followed.latencies.push(...latencies);
    followed.cpuMilliseconds += cpuMilliseconds / RUNS;
  }
  await setTimeout(500);
  const { requests } = await upstream.ask("load");
  await follower.stop();
  measured[name] = followed;
  rows.push({
    follower: name,
    "line to handler p50 / p99 ms": spread(followed.latencies),
    "requests per job": rounded(requests / JOBS / RUNS),
    "CPU ms per job": rounded(followed.cpuMilliseconds / JOBS),
    "lines lost": String(RUNS * JOBS * LINES_PER_JOB - followed.latencies.length),
  });
}
await upstream.stop();
printTable(rows);

const [own, tracker, bare, polling, streaming] = Object.values(measured);
const faster = percentile(polling?.latencies ?? [], 0.5) / percentile(own?.latencies ?? [], 0.5);
/** @param {Followed | undefined} followed */
const ofStreaming = (followed) =>
  rounded((followed?.cpuMilliseconds ?? Number.NaN) / (streaming?.cpuMilliseconds ?? Number.NaN));
console.log(
  `p50 ${rounded(faster)} times lower than polling (target 50); of streaming's CPU the tracker takes ${ofStreaming(tracker)} (target 0.5), bare undici ${ofStreaming(bare)}`,
);
