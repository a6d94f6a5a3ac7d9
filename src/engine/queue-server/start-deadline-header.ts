import type { IncomingHttpHeaders } from "node:http";

/** A deadline header that can't be kept; ignoring it could run a request its caller has given up. */
export class InvalidStartDeadlineError extends Error {
  override readonly name = "InvalidStartDeadlineError";
}

/** The newest name comes first and wins (fal docs, "Queue: submit"). */
const HEADERS = ["x-fal-request-start-timeout", "x-fal-request-timeout"];
/** fal's own lower limit. */
const MIN_SECONDS = 0.1;

/** By when a request must have started, in Unix milliseconds; null without a deadline. @throws InvalidStartDeadlineError */
export function parseStartDeadline(headers: IncomingHttpHeaders): number | null {
  for (const name of HEADERS) {
    const value = headers[name];
    if (typeof value !== "string") continue;
    const seconds = /^\d{1,9}(\.\d{1,9})?$/.test(value.trim()) ? Number(value) : Number.NaN;
    if (seconds > MIN_SECONDS) return Date.now() + seconds * 1000;
    throw new InvalidStartDeadlineError(
      `Expected ${name} to be a number of seconds above ${MIN_SECONDS}, got "${value}"`,
    );
  }
  return null;
}
