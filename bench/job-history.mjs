// @ts-check
// inpaintJobs(first: 50) over HTTP with more and more stored jobs: the newest page, one from the middle of the history,
// one of a rare status; then the plans by which the database finds them.
import { printTable, rounded } from "./support/measure.mjs";
import { startWorker } from "./support/processes.mjs";
import { onBothStores } from "./support/stores.mjs";
import { pageCells, timePages } from "./support/time-pages.mjs";

const JOB_COUNTS = { SQLite: [1_000, 100_000, 1_000_000], PostgreSQL: [1_000, 100_000, 1_000_000] };
/** @type {Record<string, string[]>} */
const plans = {};
const rows = await onBothStores(async (store, place) => {
  const measured = [];
  let stored = 0;
  for (const jobCount of JOB_COUNTS[store]) {
    const filler = await startWorker("history-filler.mjs", place);
    plans[store] = await filler.ask({ from: stored, to: jobCount });
    await filler.stop();
    stored = jobCount;
    measured.push({ store, jobs: rounded(jobCount), ...pageCells(await timePages(place, jobCount)) });
  }
  return measured;
});
printTable(rows.flat());
for (const [store, plan] of Object.entries(plans)) console.log(`${store}:\n\n\`\`\`\n${plan.join("\n")}\n\`\`\`\n`);
