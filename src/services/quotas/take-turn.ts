import type { Database, Query } from "../store/database.js";
import type { QuotaSettings } from "./limits.js";

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
  const isSet = (limit: number | null) => limit !== null;
  if (Object.values(settings.total).some(isSet)) return database.takeTurn(query, "quota");
  if (Object.values(settings.perCaller).some(isSet)) return database.takeTurn(query, `quota ${callerId}`);
}
