// @ts-check
// 1,000 jobs at once, 20 log lines each over 12 s, one watcher each on a socket of its own: what the server's process
// uses for it, and how long a line takes from upstream to the watcher.
import { setTimeout } from "node:timers/promises";
import { millisecondsSince, nowNanoseconds, printTable, rounded, spread } from "./support/measure.mjs";
import { startWorker } from "./support/processes.mjs";
import { startServer, submitJob } from "./support/server.mjs";
import { onBothStores } from "./support/stores.mjs";
import { watchJob } from "./support/watch-job.mjs";

const JOBS = 1_000;
const LINES_PER_JOB = 20;
const MILLISECONDS_PER_LINE = 600;
const CLIENTS = 16;

/** @param {string} place @param {string} engineUrl */
async function measure(place, engineUrl) {
  const server = await startServer(place, engineUrl);
  // The first ones compile the code.
  for (let count = 0; count < 20; count += 1) await submitJob(server);
  await setTimeout(2_000);
  const before = await server.usage();

  /** @type {{ cameAbout: bigint, milliseconds: number }[]} */
  const deliveries = [];
  /** @type {Promise<unknown>[]} */
  const ends = [];
  let inexact = 0;
  const submitAndWatch = async () => {
    const jobId = await submitJob(server);
    let lines = 0;
    let broken = false;
    const { done } = await watchJob(server.url, jobId, ({ snapshot, logs }) => {
      for (const { message } of logs) {
        const [number = "", cameAbout = ""] = message.split(" ");
        lines += 1;
        broken ||= Number(number) !== lines;
        if (!snapshot) deliveries.push({ cameAbout: BigInt(cameAbout), milliseconds: millisecondsSince(cameAbout) });
      }
    });
    ends.push(
      done.then(() => {
        if (broken || lines !== LINES_PER_JOB) inexact += 1;
      }),
    );
  };
  const startedAt = nowNanoseconds();
  let started = 0;
  const client = async () => {
    while (started < JOBS) {
      started += 1;
      await submitAndWatch();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const startSeconds = millisecondsSince(startedAt) / 1_000;
  const allWatchedAt = nowNanoseconds();
  let residentMegabytes = 0;
  const sampling = setInterval(async () => {
    residentMegabytes = Math.max(residentMegabytes, (await server.usage()).residentMegabytes);
  }, 1_000);
  await Promise.all(ends);
  clearInterval(sampling);
  await setTimeout(100);
  const { cpuMilliseconds } = await server.usage();
  await server.stop("SIGKILL");
  const steady = deliveries.filter(({ cameAbout }) => cameAbout > allWatchedAt);
  return {
    startSeconds,
    cpuMillisecondsPerJob: (cpuMilliseconds - before.cpuMilliseconds) / JOBS,
    residentMegabytes,
    steady: steady.map(({ milliseconds }) => milliseconds),
    all: deliveries.map(({ milliseconds }) => milliseconds),
    inexact,
  };
}

const upstream = await startWorker("upstream.mjs", String(LINES_PER_JOB), String(MILLISECONDS_PER_LINE));
const rows = await onBothStores(async (store, place) => {
  const result = await measure(place, upstream.first);
  return {
    store,
    "CPU ms per job": rounded(result.cpuMillisecondsPerJob),
    "RSS MB": rounded(result.residentMegabytes),
    "line to watcher p50 / p99 ms, all started": spread(result.steady),
    "with the start": spread(result.all),
    "seconds to start all": rounded(result.startSeconds),
    "watchers with lost or repeated lines": String(result.inexact),
  };
});
await upstream.stop();
printTable(rows);
