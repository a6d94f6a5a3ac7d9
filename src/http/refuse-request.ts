import { OverloadedError, PublicError, RateLimitedError, UnauthenticatedError } from "../errors.js";
import type { RequestAllowance } from "../services/services.js";

export interface HttpRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** How HTTP says that a request is not admitted; null for anything that nobody foresaw. */
export function describeRefusal(error: unknown): HttpRefusal | null {
  if (error instanceof UnauthenticatedError) {
    // RFC 6750, section 3.
    return { status: 401, headers: { "www-authenticate": 'Bearer realm="punchin"' } };
  }
  if (error instanceof RateLimitedError) {
    const { limit, retryAfterSeconds } = error;
    return {
      status: 429,
      headers: { "retry-after": String(retryAfterSeconds), ...rateLimitHeaders(limit, 0, retryAfterSeconds) },
    };
  }
  if (error instanceof OverloadedError) {
    return { status: 503, headers: { "retry-after": String(error.retryAfterSeconds) } };
  }
  return error instanceof PublicError ? { status: 503, headers: {} } : null;
}

/** What the caller has left, as answers tell it. */
export function allowanceHeaders(allowance: RequestAllowance | null, now: number): Readonly<Record<string, string>> {
  if (allowance === null) return {};
  const { limit, remaining, resetsAt } = allowance;
  return rateLimitHeaders(limit, remaining, Math.max(0, Math.ceil((resetsAt - now) / 1_000)));
}

/** The fields that clients read today: draft-ietf-httpapi-ratelimit-headers up to version 7. */
function rateLimitHeaders(limit: number, remaining: number, resetSeconds: number): Readonly<Record<string, string>> {
  return {
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(resetSeconds),
  };
}
