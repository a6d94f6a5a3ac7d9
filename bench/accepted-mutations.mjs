// @ts-check
// inpaintAudio over HTTP from 32 clients, each accepted job durable, sent to an upstream that ends it at once; beside it
// a query that touches no store.
import { millisecondsSince, nowNanoseconds, printTable, rounded, spread } from "./support/measure.mjs";
import { startWorker } from "./support/processes.mjs";
import { startServer, submitJob } from "./support/server.mjs";
import { onBothStores } from "./support/stores.mjs";

const CLIENTS = 32;
const WARM_UP_SECONDS = 2;
const SECONDS = 5;

/** @param {() => Promise<unknown>} work @param {number} seconds */
async function load(work, seconds) {
  /** @type {number[]} */
  const latencies = [];
  const startedAt = nowNanoseconds();
  const client = async () => {
    while (millisecondsSince(startedAt) < seconds * 1_000) {
      const askedAt = nowNanoseconds();
      await work();
      latencies.push(millisecondsSince(askedAt));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return { perSecond: latencies.length / (millisecondsSince(startedAt) / 1_000), latencies };
}

const upstream = await startWorker("upstream.mjs", "0", "0");
const rows = await onBothStores(async (store, place) => {
  const server = await startServer(place, upstream.first, { PREFLIGHT: "off" });
  const query = () => server.run("{ service { version } }");
  await load(query, WARM_UP_SECONDS);
  const queries = await load(query, SECONDS);
  await load(() => submitJob(server), WARM_UP_SECONDS);
  const mutations = await load(() => submitJob(server), SECONDS);
  await server.stop("SIGKILL");
  return {
    store,
    "accepted/s": rounded(mutations.perSecond),
    "p50 / p99 ms": spread(mutations.latencies),
    "storeless queries/s": rounded(queries.perSecond),
    "queries' p50 / p99 ms": spread(queries.latencies),
    ratio: rounded(mutations.perSecond / queries.perSecond),
  };
});
await upstream.stop();
printTable(rows);
