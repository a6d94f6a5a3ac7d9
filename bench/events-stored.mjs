// @ts-check
// Events stored per second, durably, in natural batches; beside it the same store with one commit per event.
import { printTable, rounded } from "./support/measure.mjs";
import { startWorker } from "./support/processes.mjs";
import { onBothStores } from "./support/stores.mjs";

const JOBS = 1_000;
const SECONDS = 3;
const ROUNDS = 3;

/** @param {string} place @param {number} instances */
async function measure(place, instances) {
  const start = () => startWorker("event-writer.mjs", place, String(JOBS / instances));
  const writers = [];
  for (let count = 0; count < instances; count += 1) writers.push(await start());
  /** @type {Record<"batched" | "unbatched", { rate: number, cpuMicroseconds: number }>} */
  const best = { batched: { rate: 0, cpuMicroseconds: 0 }, unbatched: { rate: 0, cpuMicroseconds: 0 } };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of /** @type {const} */ (["unbatched", "batched"])) {
      const reports = await Promise.all(writers.map((it) => it.ask({ seconds: SECONDS, batched: kind === "batched" })));
      const rate = reports.reduce((sum, report) => sum + report.eventsPerSecond, 0);
      const cpuMicroseconds = reports.reduce((sum, it) => sum + it.cpuMicrosecondsPerEvent, 0) / instances;
      if (rate > best[kind].rate) best[kind] = { rate, cpuMicroseconds };
    }
  }
  await Promise.all(writers.map((writer) => writer.stop()));
  return best;
}

printTable(
  await onBothStores(async (store, place) => {
    const instances = store === "SQLite" ? 1 : 2;
    const { batched, unbatched } = await measure(place, instances);
    return {
      store,
      instances: String(instances),
      "events/s": rounded(batched.rate),
      "CPU µs per event": rounded(batched.cpuMicroseconds),
      "one commit per event, events/s": rounded(unbatched.rate),
      ratio: rounded(batched.rate / unbatched.rate),
      target: "20,000/s",
    };
  }),
);
