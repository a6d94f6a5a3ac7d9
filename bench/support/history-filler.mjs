// @ts-check
// Stores many finished jobs at once, and answers with the plan by which a page of them is read.
import { listJobs } from "../../dist/services/jobs/list-jobs.js";
import { JobHistory } from "../../dist/services/store/job-history.js";
import { tellParent } from "./processes.mjs";
import { CALLER, openDatabase } from "./stores.mjs";

/** @typedef {Awaited<ReturnType<typeof openDatabase>>} Database */

/** Finished jobs of one caller, a second apart, one in 5,000 of them failed. @param {Database} database @param {number} from @param {number} to */
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
      SELECT 'job-' || n, $1, CASE WHEN n % 5000 = 4999 THEN 'FAILED' ELSE 'COMPLETED' END, 'SUBMITTED', 'NORMAL', $2, $3, ${newest} - n * 1000, ${newest} - n * 1000,
        ${newest} - n * 1000, ${newest}, 1, 0 FROM number`,
    [CALLER.id, input, outcome],
  );
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
  const after = Buffer.from(JSON.stringify(["list", Date.now() - 500_000, "z"])).toString("base64url");
  for (const status of [null, /** @type {const} */ (["FAILED"])]) {
    plan.push(status ? "-- status: [FAILED]" : "-- no filter");
    const filter = { status, requestId: null, createdAfter: null, createdBefore: null };
    const page = await listJobs(history, CALLER, { first: 50, after, last: null, before: null, filter });
    plan.push("-- its totalCount");
    await page.countTotal();
  }
  return plan;
}

const database = await openDatabase(process.argv[2] ?? "");
process.on("message", async (/** @type {{ from: number, to: number }} */ { from, to }) => {
  await fill(database, from, to);
  // PostgreSQL does this by itself within a minute or so.
  await database.query(database.shared ? "VACUUM ANALYZE" : "ANALYZE");
  tellParent(await explain(database));
});
tellParent("ready");
