import type { JobError } from "../job.js";
import { mapFailure, ownText } from "./map-failure.js";
import { UpstreamResponseError, UpstreamUnreachableError } from "./transport.js";

export type SubmitOutcome =
  | { readonly kind: "accepted"; readonly requestId: string }
  /** Upstream certainly did not take it. `passing`: it may take it later; else `error` is final. */
  | { readonly kind: "refused"; readonly passing: boolean; readonly error: JobError }
  /** It was sent, and whether it was taken can't be told. It must never be sent again. */
  | { readonly kind: "unknown"; readonly reason: string };

/** A refused key, a locked or empty balance, and a full queue. */
const PASSING: ReadonlySet<number> = new Set([401, 402, 403, 429]);
/** Told by proxies that lost patience with one side or the other; the request may have gone through. */
const UNCERTAIN: ReadonlySet<number> = new Set([408, 499]);

/** What it means that a submission ended with this error. */
export function notAccepted(error: unknown): SubmitOutcome {
  if (error instanceof UpstreamResponseError) return refusal(error);
  const { message } = error as Error;
  if (error instanceof UpstreamUnreachableError && !error.sent) {
    return { kind: "refused", passing: true, error: unavailable(message) };
  }
  return { kind: "unknown", reason: message };
}

function refusal({ status, headers, body }: UpstreamResponseError): SubmitOutcome {
  if (status < 400 || status >= 500 || UNCERTAIN.has(status)) {
    return { kind: "unknown", reason: `Upstream answered ${status} to the submission.` };
  }
  const { error } = mapFailure(status, headers, body);
  if (status !== 404) return { kind: "refused", passing: PASSING.has(status), error };
  // Elsewhere a 404 means an expired result.
  const message = ownText(body) ?? "The model is not known there.";
  return {
    kind: "refused",
    passing: false,
    error: { ...error, code: "UPSTREAM_FAILED", message, retryable: false },
  };
}

function unavailable(message: string): JobError {
  return {
    code: "UPSTREAM_UNAVAILABLE",
    message,
    field: null,
    upstreamType: null,
    upstreamStatus: null,
    retryable: true,
  };
}
