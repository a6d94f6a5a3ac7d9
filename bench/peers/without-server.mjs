// @ts-check
// The choice without GraphQL: one process follows 1,000 jobs with fal's own client, straight or through fal's own proxy.
// Nothing is kept, and nobody else can watch.
import { percentile } from "../support/measure.mjs";
import { startWorker } from "../support/processes.mjs";
import { Figures } from "./figures.mjs";
import { startProxy } from "./servers.mjs";

const JOBS = 1_000;
const LINES = 20;
const MILLISECONDS_PER_LINE = 500;
const WARM_UP_JOBS = 300;
const WARM_UP_PACE_MS = 50;

/** @param {"polling" | "streaming"} mode @param {boolean} proxied */
async function measure(mode, proxied) {
  const upstream = await startWorker("upstream.mjs", String(LINES), String(MILLISECONDS_PER_LINE));
  const proxy = proxied ? await startProxy(upstream.first, { jobs: 0, lines: 0 }) : null;
  const client = await startWorker(
    "fal-subscriber.mjs",
    upstream.first,
    String(JOBS),
    mode,
    ...(proxy ? [proxy.url] : []),
  );
  // The first jobs compile the code.
  await upstream.ask({ pace: WARM_UP_PACE_MS });
  await client.ask({ jobs: WARM_UP_JOBS });
  await upstream.ask({ pace: MILLISECONDS_PER_LINE });
  // It counts from here on.
  await upstream.ask({ adopt: [] });
  const before = await proxy?.usage();
  const followed = await client.ask("run");
  const after = await proxy?.usage();
  const { requests } = await upstream.ask("load");
  await client.stop();
  await proxy?.stop();
  await upstream.stop();
  return {
    "line to handler p50 ms": percentile(followed.latencies, 0.5),
    "p99 ms": percentile(followed.latencies, 0.99),
    "client's CPU ms per job": followed.cpuMilliseconds / JOBS,
    ...(before && after && { "proxy's CPU ms per job": (after.cpuMilliseconds - before.cpuMilliseconds) / JOBS }),
    "requests per job": requests / JOBS,
    "lines lost": JOBS * LINES - followed.latencies.length,
  };
}

/** @param {number} rounds @returns {Promise<[]>} it sets no target */
export async function measureWithoutServer(rounds) {
  const figures = new Figures();
  for (let round = 0; round < rounds; round += 1) {
    for (const mode of /** @type {const} */ (["polling", "streaming"])) {
      figures.add(`fal.subscribe, ${mode}`, await measure(mode, false));
      figures.add(`fal.subscribe, ${mode}, through @fal-ai/server-proxy`, await measure(mode, true));
    }
  }
  figures.print("1,000 jobs at once without a server that keeps them, 20 lines each over 10 s", "follower");
  return [];
}
