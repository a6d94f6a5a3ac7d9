import { performance } from "node:perf_hooks";
import { expect, it } from "vitest";
import type { Database } from "../../src/services/store/database.js";
import { inputText } from "../../src/services/store/job-rows.js";
import { CALLER, makeInput, makeJob, makeOptions } from "../support/make-job.js";
import { silence } from "../support/scripted-upstream.js";
import { acceptAll } from "./dispatch-testkit.js";
import { SUBMIT } from "./fal/fal-testkit.js";
import { NOW, openInstance } from "./recovery-testkit.js";
import { eventNames } from "./store/claims-testkit.js";

const JOBS = 10_000;
const NEWEST = String(JOBS);
/** So many jobs are taken up at once, so often. */
const JOBS_PER_PACE = 10;
const PACE_MS = 50;

function streamOf(requestId: string): string {
  return `GET /fal-ai/stable-audio-25/requests/${requestId}/status/stream`;
}

/** Submitted jobs of an instance that is gone, numbered by age. */
async function fill(database: Database): Promise<void> {
  const columns = `id, caller_id, status, submission, request_id, priority, input, created_at, start_deadline_at,
    submitted_at, owner_id, last_sequence, log_count`;
  await database.query(
    `WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${JOBS})
      INSERT INTO job (${columns})
      SELECT CAST(n AS TEXT), $1, 'IN_QUEUE', 'SUBMITTED', CAST(n AS TEXT), 'NORMAL', $2,
        n, ${NOW + 1_000_000}, ${NOW}, 'gone', 1, 0 FROM number`,
    [CALLER.id, inputText(makeJob().input)],
  );
  await database.query(
    "INSERT INTO job_event (job_id, sequence, at, name, status) SELECT id, 1, 1, 'submitted', status FROM job",
  );
}

async function openBusyInstance() {
  const instance = await openInstance();
  const { upstream, database } = instance;
  await fill(database);
  for (let number = 1; number <= JOBS; number++) upstream.on(streamOf(String(number)), silence());
  return instance;
}

it("a start with ten thousand jobs serves at once and follows them at its pace, without a burst on upstream", async () => {
  const { services, upstream, database } = await openBusyInstance();
  upstream.on(SUBMIT, acceptAll());
  const startedAt = performance.now();

  await services.start();
  const { job } = await services.submitJob(CALLER, makeInput(), makeOptions());

  expect(job?.status).toBe("IN_QUEUE");
  const seen = new Set<string>();
  while (seen.size < 6 * JOBS_PER_PACE) seen.add((await upstream.arrivals.next()).route);
  const paces = Math.ceil((performance.now() - startedAt) / PACE_MS);
  expect(upstream.requests.length).toBeLessThanOrEqual(paces * JOBS_PER_PACE);
  expect(upstream.seen(SUBMIT)).toEqual([]);
  expect(new Set(upstream.requests.map(({ route }) => route)).size).toBe(upstream.requests.length);
  // Taken over once, every one of them.
  await expect.poll(() => countGone(database), { timeout: 20_000 }).toBe(0);
  expect(await eventNames(database, NEWEST)).toEqual(["submitted", "taken-over"]);
});

it("what somebody watches is followed before the thousands that nobody watches", async () => {
  const { services, upstream } = await openBusyInstance();
  const watch = await services.watchJob(CALLER, NEWEST, null);
  await watch.next();

  await services.start();
  await upstream.arrivals.until(({ route }) => route === streamOf(NEWEST));

  expect(upstream.requests.length).toBeLessThan(JOBS / 2);
  await watch.return?.();
});

async function countGone(database: Database): Promise<number | undefined> {
  const [row] = await database.query<{ count: number }>("SELECT count(*) AS count FROM job WHERE owner_id = 'gone'");
  return row?.count;
}
