import { StoreUnavailableError } from "./store/database.js";

/** What went wrong, for the log: the store's trouble by its real cause, which callers are not told. */
export function reasonOf(error: unknown): string {
  if (error instanceof StoreUnavailableError) return error.reason;
  return error instanceof Error ? error.message : String(error);
}
