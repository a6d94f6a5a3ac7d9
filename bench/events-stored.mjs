// @ts-check
// Events stored per second, durably, in natural batches; beside it the same store with one commit per event. Medians of
// three rounds.
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
  /** @type {Record<"batched" | "unbatched", { rate: number, cpuMicroseconds: number }[]>} */
  const rounds = { batched: [], unbatched: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of /** @type {const} */ (["unbatched", "batched"])) {
      const reports = await Promise.all(writers.map((it) => it.ask({ seconds: SECONDS, batched: kind === "batched" })));
      rounds[kind].push({
        rate: reports.reduce((sum, report) => sum + report.eventsPerSecond, 0),
        cpuMicroseconds: reports.reduce((sum, it) => sum + it.cpuMicrosecondsPerEvent, 0) / instances,
      });
    }
  }
  await Promise.all(writers.map((writer) => writer.stop()));
  return { batched: middleOf(rounds.batched), unbatched: middleOf(rounds.unbatched) };
}

/** The round with the median rate. @template {{ rate: number }} Round @param {Round[]} rounds */
function middleOf(rounds) {
  const [middle] = [...rounds].sort((a, b) => a.rate - b.rate).slice(Math.floor(rounds.length / 2));
  if (!middle) throw new Error("There was no round.");
  return middle;
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
