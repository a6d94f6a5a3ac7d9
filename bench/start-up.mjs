// @ts-check
// The server started on a store with 10,000 submitted jobs of an instance that is gone: from the start of the process to
// its first accepted job, and what upstream sees meanwhile and after.
import { setTimeout } from "node:timers/promises";
import { millisecondsSince, nowNanoseconds, printTable, rounded } from "./support/measure.mjs";
import { startWorker } from "./support/processes.mjs";
import { startServer, submitJob } from "./support/server.mjs";
import { onBothStores } from "./support/stores.mjs";

const JOBS = 10_000;
const SETTLE_MILLISECONDS = 5_000;

const upstream = await startWorker("upstream.mjs", "1", "3600000");
const rows = await onBothStores(async (store, place) => {
  const filler = await startWorker("unfinished-filler.mjs", place);
  const requestIds = await filler.ask(JOBS);
  await filler.stop();
  await upstream.ask({ adopt: requestIds });

  const startedAt = nowNanoseconds();
  const server = await startServer(place, upstream.first);
  const listening = millisecondsSince(startedAt);
  await submitJob(server);
  const accepted = millisecondsSince(startedAt);
  await setTimeout(SETTLE_MILLISECONDS);
  const { busiestSecond, requests } = await upstream.ask("load");
  await server.stop("SIGKILL");
  return {
    store,
    "listening after s": rounded(listening / 1_000),
    "first job accepted after s": rounded(accepted / 1_000),
    "upstream requests in the first 5 s": rounded(requests),
    "in the busiest second": rounded(busiestSecond),
    target: "5 s",
  };
});
await upstream.stop();
printTable(rows);
