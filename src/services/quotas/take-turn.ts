import type { Database, Query } from "../store/database.js";
import type { LimitName, Limits, QuotaSettings } from "./limits.js";

/** What is counted in the transaction that uses it up. The other limits are counted elsewhere, and need no turns. */
const COUNTED_IN_TURN: readonly LimitName[] = [
  "ACTIVE_JOBS",
  "JOBS_PER_HOUR",
  "JOBS_PER_DAY",
  "SPEND_PER_DAY",
  "UPLOAD_BYTES_PER_DAY",
];

/**
 * Waits until no other transaction counts towards the same limits, so that what is counted next is what stands when this
 * one ends. A limit for all callers makes all take turns; otherwise each caller has a line of its own.
 */
export async function takeTurn(
  database: Database,
  query: Query,
  settings: QuotaSettings,
  callerId: string,
): Promise<void> {
  const anySet = (limits: Limits) => COUNTED_IN_TURN.some((name) => limits[name] !== null);
  if (anySet(settings.total)) return database.takeTurn(query, "quota");
  if (anySet(settings.perCaller)) return database.takeTurn(query, `quota ${callerId}`);
}
