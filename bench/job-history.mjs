// @ts-check
// inpaintJobs(first: 50) over HTTP, newest page and one from the middle of the history, with more and more stored jobs;
// then the plan by which the database reads such a page.
import { listJobs } from "../dist/services/jobs/list-jobs.js";
import { JobHistory } from "../dist/services/store/job-history.js";
import { millisecondsSince, nowNanoseconds, printTable, rounded, spread } from "./support/measure.mjs";
import { startServer } from "./support/server.mjs";
import { CALLER, onBothStores, openDatabase } from "./support/stores.mjs";

const PAGES = 200;
const JOB_COUNTS = { SQLite: [1_000, 100_000, 1_000_000], PostgreSQL: [1_000, 100_000] };
const NOWHERE = "http://127.0.0.1:9";
const QUERY = `query ($after: String) {
  inpaintJobs(first: 50, after: $after) { nodes { id status createdAt finishedAt input { prompt } } pageInfo { endCursor } }
}`;

/** @typedef {Awaited<ReturnType<typeof openDatabase>>} Database */

/** Finished jobs of one caller, a second apart. @param {Database} database @param {number} from @param {number} to */
async function fill(database, from, to) {
  const input = JSON.stringify({
    prompt: "rain on a tin roof",
    audioUrl: "https://files.example/clip.wav",
    secondsTotal: null,
    guidanceScale: 1,
    maskStart: 2,
    maskEnd: 4,
    numInferenceSteps: 8,
    seed: "42",
  });
  const outcome = JSON.stringify({ output: null, error: null, billed: "NO", billableUnits: null, inferenceSeconds: 1 });
  const newest = Date.now();
  await database.query(
    `INSERT INTO job (id, caller_id, status, submission, priority, input, outcome, created_at, start_deadline_at,
        finished_at, compacted_at, last_sequence, log_count)
      WITH RECURSIVE number (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM number WHERE n < ${to - 1})
      SELECT 'job-' || n, $1, 'COMPLETED', 'SUBMITTED', 'NORMAL', $2, $3, ${newest} - n * 1000, ${newest} - n * 1000,
        ${newest} - n * 1000, ${newest}, 1, 0 FROM number`,
    [CALLER.id, input, outcome],
  );
}

/** @param {string} place @param {number} jobCount */
async function timePages(place, jobCount) {
  const server = await startServer(place, NOWHERE);
  const middle = Buffer.from(JSON.stringify(["list", Date.now() - (jobCount / 2) * 1_000, "z"])).toString("base64url");
  /** @param {string | null} after */
  const time = async (after) => {
    /** @type {number[]} */
    const latencies = [];
    for (let page = 0; page < 2 * PAGES; page += 1) {
      const askedAt = nowNanoseconds();
      const { inpaintJobs } = await server.run(QUERY, { after });
      if (inpaintJobs.nodes.length !== 50) throw new Error("The page is not full.");
      latencies.push(millisecondsSince(askedAt));
    }
    return spread(latencies.slice(PAGES));
  };
  const times = { "newest page p50 / p99 ms": await time(null), "middle page p50 / p99 ms": await time(middle) };
  await server.stop();
  return times;
}

/** @param {Database} database */
async function explain(database) {
  /** @type {string[]} */
  const plan = [];
  const history = new JobHistory({
    ...database,
    async query(sql, parameters) {
      const rows = await database.query(`EXPLAIN ${database.shared ? "" : "QUERY PLAN"} ${sql}`, parameters);
      plan.push(...rows.map((/** @type {any} */ row) => row.detail ?? row["QUERY PLAN"]));
      return [];
    },
  });
  const filter = { status: null, requestId: null, createdAfter: null, createdBefore: null };
  const after = Buffer.from(JSON.stringify(["list", Date.now() - 500_000, "z"])).toString("base64url");
  await listJobs(history, CALLER, { first: 50, after, last: null, before: null, filter });
  return plan;
}

/** @type {Record<string, string[]>} */
const plans = {};
const rows = await onBothStores(async (store, place) => {
  const measured = [];
  let stored = 0;
  for (const jobCount of JOB_COUNTS[store]) {
    const database = await openDatabase(place);
    await fill(database, stored, jobCount);
    stored = jobCount;
    // PostgreSQL does this by itself within a minute or so.
    await database.query("ANALYZE");
    plans[store] = await explain(database);
    await database.close();
    measured.push({ store, jobs: rounded(jobCount), ...(await timePages(place, jobCount)) });
  }
  return measured;
});
printTable(rows.flat());
for (const [store, plan] of Object.entries(plans)) console.log(`${store}:\n\n\`\`\`\n${plan.join("\n")}\n\`\`\`\n`);
