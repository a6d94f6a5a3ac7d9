import type { Outcome } from "./queue-request.js";

type InfrastructureError = Extract<Outcome, { kind: "infrastructure-error" }>;

/** The errors of fal's docs, "Request errors", that this server has reason to give. */
function infrastructureError(statusCode: number, errorType: string, message: string): InfrastructureError {
  return { kind: "infrastructure-error", statusCode, errorType, message };
}

/** fal docs, "Request errors": 499 client_cancelled. */
export function cancelledOutcome(): Outcome {
  return infrastructureError(499, "client_cancelled", "Request was cancelled by the client");
}

/** The caller's start deadline passed in the queue (fal docs, "Common parameters": X-Fal-Request-Timeout). */
export function startDeadlineOutcome(): Outcome {
  const message = "Request timed out before a runner became available";
  return { ...infrastructureError(504, "startup_timeout", message), userDeadline: true };
}

/** Our fault, not the caller's; trying again may help. */
export function internalErrorOutcome(message: string): Outcome {
  return infrastructureError(500, "internal_error", message);
}
