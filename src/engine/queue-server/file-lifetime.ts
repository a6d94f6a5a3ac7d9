import type { IncomingHttpHeaders } from "node:http";

/** fal's REST docs and its Python client use the first name, its JavaScript client the second on uploads. */
const HEADERS = ["x-fal-object-lifecycle-preference", "x-fal-object-lifecycle"];

/**
 * How long a caller wants the files of a request kept, in seconds (fal docs, "Common parameters": object lifecycle).
 * null when nothing usable is said, or "for ever", which here means the engine's retention. Access rules are not
 * applied: URLs can't be guessed and are not listed.
 */
export function parseFileLifetime(headers: IncomingHttpHeaders): number | null {
  for (const name of HEADERS) {
    const value = headers[name];
    if (typeof value !== "string") continue;
    const seconds = durationIn(value);
    if (seconds !== null) return seconds;
  }
  return null;
}

function durationIn(header: string): number | null {
  try {
    const seconds: unknown = (JSON.parse(header) as Record<string, unknown> | null)?.expiration_duration_seconds;
    return typeof seconds === "number" && seconds > 0 && seconds <= MAX_LIFETIME_SECONDS ? Math.ceil(seconds) : null;
  } catch {
    return null;
  }
}

/** Ten years: beyond that a caller means "for ever". */
const MAX_LIFETIME_SECONDS = 10 * 366 * 24 * 3600;
