// @ts-check
// Two servers on one PostgreSQL, 20 jobs with a line every 100 ms. The server that follows them is killed; how long until
// the watchers on the other one get a line that came about after the kill?
import { setTimeout } from "node:timers/promises";
import { millisecondsSince, nowNanoseconds, percentile, printTable, rounded } from "./support/measure.mjs";
import { withPostgres } from "./support/postgres.mjs";
import { startWorker } from "./support/processes.mjs";
import { startServer, submitJob } from "./support/server.mjs";
import { watchJob } from "./support/watch-job.mjs";

const KILLS = 5;
const JOBS = 20;
const MILLISECONDS_PER_LINE = 100;
const SETTLE_MILLISECONDS = 2_000;

/**
 * @param {string} url
 * @param {string} jobId
 */
async function watchLines(url, jobId) {
  let expected = 0;
  let broken = false;
  let killedAt = 0n;
  let resumed = (/** @type {number} */ _seconds) => {};
  const watch = await watchJob(url, jobId, ({ logs }) => {
    for (const { message, sequence } of logs) {
      const [number = "", cameAbout = ""] = message.split(" ");
      expected += 1;
      broken ||= Number(number) !== expected || sequence !== expected;
      if (killedAt > 0n && BigInt(cameAbout) > killedAt) resumed(millisecondsSince(killedAt) / 1_000);
    }
  });
  return {
    /** @param {bigint} since @returns {Promise<number>} seconds */
    nextLineAfter: (since) =>
      new Promise((resolve) => {
        resumed = resolve;
        killedAt = since;
      }),
    isExact: () => !broken,
    stop: () => watch.stop(),
  };
}

const upstream = await startWorker("upstream.mjs", String(Number.MAX_SAFE_INTEGER), String(MILLISECONDS_PER_LINE));
await withPostgres(async (place) => {
  let owner = await startServer(place, upstream.first);
  const jobIds = await Promise.all(Array.from({ length: JOBS }, () => submitJob(owner)));
  /** @type {number[]} */
  const seconds = [];
  let inexact = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const other = await startServer(place, upstream.first);
    const watches = await Promise.all(jobIds.map((jobId) => watchLines(other.url, jobId)));
    // At another moment of the lease each time.
    await setTimeout(SETTLE_MILLISECONDS + Math.random() * 1_000);
    const killedAt = nowNanoseconds();
    const resumed = watches.map((watch) => watch.nextLineAfter(killedAt));
    await owner.stop("SIGKILL");
    seconds.push(...(await Promise.all(resumed)));
    inexact += watches.filter((watch) => !watch.isExact()).length;
    for (const watch of watches) watch.stop();
    owner = other;
  }
  await owner.stop("SIGKILL");
  printTable([
    {
      store: "PostgreSQL",
      kills: String(KILLS),
      jobs: String(JOBS),
      "median s": rounded(percentile(seconds, 0.5)),
      "worst s": rounded(Math.max(...seconds)),
      "watchers with a gap or a repeat": String(inexact),
      target: "< 5 s",
    },
  ]);
});
await upstream.stop();
