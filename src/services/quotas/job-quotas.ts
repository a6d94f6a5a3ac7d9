import type { Database, Query } from "../store/database.js";
import { countActiveJobs, nthNewestJob } from "../store/usage.js";
import {
  DAY_MS,
  HOUR_MS,
  type LimitName,
  nameLimit,
  QuotaExceededError,
  type QuotaSettings,
  type Scope,
  scopesFor,
  tryAgainAt,
} from "./limits.js";
import { takeTurn } from "./take-turn.js";

/** A number of jobs within a window that slides: what was accepted before it counts no more. */
interface JobWindow {
  readonly name: LimitName;
  readonly jobs: number | null;
  readonly lengthMs: number;
  readonly chargedOnly: boolean;
  readonly figure: string;
}

/**
 * Checks the limits on jobs in the transaction that stores one, when its row is there and counted. Throws
 * QuotaExceededError, which undoes the row; so however many are submitted at once, on however many instances, no more
 * than the limit are accepted.
 */
export async function checkJobQuotas(
  database: Database,
  query: Query,
  settings: QuotaSettings,
  { callerId, now }: { callerId: string; now: number },
): Promise<void> {
  await takeTurn(database, query, settings, callerId);
  for (const scope of scopesFor(settings, callerId)) {
    await checkActive(query, scope);
    for (const window of windowsOf(scope, settings.pricePerJobUsd)) await checkWindow(query, scope, window, now);
  }
}

async function checkActive(query: Query, scope: Scope): Promise<void> {
  const limit = scope.limits.ACTIVE_JOBS;
  if (limit === null || (await countActiveJobs(query, scope.callerId, limit + 1)) <= limit) return;
  throw new QuotaExceededError(
    "ACTIVE_JOBS",
    `${nameLimit(scope, "ACTIVE_JOBS", String(limit))} is reached. Try again when one of the unfinished jobs has ended, or cancel one.`,
  );
}

async function checkWindow(query: Query, scope: Scope, window: JobWindow, now: number): Promise<void> {
  const { name, jobs, lengthMs, chargedOnly, figure } = window;
  if (jobs === null) return;
  const { callerId } = scope;
  const oneTooMany = await nthNewestJob(query, { callerId, chargedOnly }, now - lengthMs, jobs + 1);
  if (oneTooMany === null) return;
  throw new QuotaExceededError(
    name,
    `${nameLimit(scope, name, figure)} is reached. ${tryAgainAt(oneTooMany + lengthMs, now)}`,
  );
}

function windowsOf({ limits }: Scope, priceUsd: number): JobWindow[] {
  const { JOBS_PER_HOUR, JOBS_PER_DAY, SPEND_PER_DAY } = limits;
  return [
    {
      name: "JOBS_PER_HOUR",
      jobs: JOBS_PER_HOUR,
      lengthMs: HOUR_MS,
      chargedOnly: false,
      figure: String(JOBS_PER_HOUR),
    },
    { name: "JOBS_PER_DAY", jobs: JOBS_PER_DAY, lengthMs: DAY_MS, chargedOnly: false, figure: String(JOBS_PER_DAY) },
    {
      name: "SPEND_PER_DAY",
      jobs: SPEND_PER_DAY === null ? null : jobsFor(SPEND_PER_DAY, priceUsd),
      lengthMs: DAY_MS,
      chargedOnly: true,
      figure: `$${SPEND_PER_DAY?.toFixed(2)} at $${priceUsd.toFixed(2)} a job`,
    },
  ];
}

/** How many jobs a sum pays for; a hair more, because 0.6 / 0.2 comes out below 3. Null: any number. */
function jobsFor(sumUsd: number, priceUsd: number): number | null {
  return priceUsd === 0 ? null : Math.floor(sumUsd / priceUsd + 1e-9);
}
