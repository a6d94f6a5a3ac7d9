// @ts-check
// inpaintJobs(first: 50) over HTTP with more and more stored jobs: the newest page, one from the middle of the history,
// one of a rare status; then the plans by which the database finds them.
import { millisecondsSince, nowNanoseconds, printTable, rounded, spread } from "./support/measure.mjs";
import { startWorker } from "./support/processes.mjs";
import { startServer } from "./support/server.mjs";
import { onBothStores } from "./support/stores.mjs";

const PAGES = 200;
const JOB_COUNTS = { SQLite: [1_000, 100_000, 1_000_000], PostgreSQL: [1_000, 100_000, 1_000_000] };
const NOWHERE = "http://127.0.0.1:9";
const QUERY = `query ($after: String, $filter: InpaintJobFilter) {
  inpaintJobs(first: 50, after: $after, filter: $filter) { nodes { id status createdAt finishedAt input { prompt } } pageInfo { endCursor } }
}`;

/** @param {string} place @param {number} jobCount */
async function timePages(place, jobCount) {
  const server = await startServer(place, NOWHERE);
  const middle = Buffer.from(JSON.stringify(["list", Date.now() - (jobCount / 2) * 1_000, "z"])).toString("base64url");
  /** @param {{ after?: string, filter?: { status: string[] } }} variables */
  const time = async (variables) => {
    /** @type {number[]} */
    const latencies = [];
    for (let page = 0; page < 2 * PAGES; page += 1) {
      const askedAt = nowNanoseconds();
      const { inpaintJobs } = await server.run(QUERY, variables);
      if (inpaintJobs.nodes.length !== 50 && !variables.filter) throw new Error("The page is not full.");
      latencies.push(millisecondsSince(askedAt));
    }
    return spread(latencies.slice(PAGES));
  };
  const times = {
    "newest page p50 / p99 ms": await time({}),
    "middle page p50 / p99 ms": await time({ after: middle }),
    "of one job in 5,000": await time({ filter: { status: ["FAILED"] } }),
  };
  await server.stop();
  return times;
}

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
    measured.push({ store, jobs: rounded(jobCount), ...(await timePages(place, jobCount)) });
  }
  return measured;
});
printTable(rows.flat());
for (const [store, plan] of Object.entries(plans)) console.log(`${store}:\n\n\`\`\`\n${plan.join("\n")}\n\`\`\`\n`);
