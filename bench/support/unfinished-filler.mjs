// @ts-check
// Stores many submitted jobs that no living instance owns; answers with their request ids.
import { inputText } from "../../dist/services/store/job-rows.js";
import { tellParent } from "./processes.mjs";
import { CALLER, newJob, openDatabase } from "./stores.mjs";

const database = await openDatabase(process.argv[2] ?? "");
process.on("message", async (/** @type {number} */ count) => {
  const now = Date.now();
  await database.query(
    `INSERT INTO job (id, caller_id, status, submission, request_id, priority, input, created_at, start_deadline_at,
        submitted_at, owner_id, last_sequence, log_count)
      WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${count})
      SELECT 'job-' || n, $1, 'IN_QUEUE', 'SUBMITTED', 'request-' || n, 'NORMAL', $2, ${now} - n, ${now} + 3600000,
        ${now}, 'gone', 1, 0 FROM number`,
    [CALLER.id, inputText(newJob().input)],
  );
  await database.query(
    `INSERT INTO job_event (job_id, sequence, at, name, status)
      SELECT id, 1, created_at, 'accepted', status FROM job`,
  );
  await database.close();
  tellParent(Array.from({ length: count }, (_, index) => `request-${index + 1}`));
});
tellParent("ready");
