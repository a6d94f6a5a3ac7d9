import type { InpaintOutput, JobError } from "../job.js";
import type { Settlement } from "../job-state.js";
import { decodeOutput, record, text, UndecodableError, type UpstreamStatus } from "./decode.js";
import { billingOf, type Failure, mapFailure, numberHeader } from "./map-failure.js";
import type { UpstreamResponseError } from "./transport.js";

/** What the question for a result came to. */
export type ResultOutcome =
  | { readonly kind: "output"; readonly output: InpaintOutput; readonly settlement: Settlement }
  /** Unless `certain`, it may not be the last word: worth asking again before it is believed. */
  | { readonly kind: "failed"; readonly error: JobError; readonly settlement: Settlement; readonly certain: boolean }
  | { readonly kind: "cancelled"; readonly settlement: Settlement }
  | { readonly kind: "pending" };

/** What a COMPLETED status tells of a failure. */
export type StatusError = Pick<UpstreamStatus, "error" | "errorType">;

export const NO_ERROR: StatusError = { error: null, errorType: null };

/** A 2xx. Only an output that can be handed on is one. */
export function outcomeOfSuccess(
  body: unknown,
  headers: Readonly<Record<string, string>>,
  submittedSeed: bigint,
  isFileUrl: (url: string) => boolean,
): ResultOutcome {
  const billableUnits = numberHeader(headers["x-fal-billable-units"]);
  try {
    const output = decodeOutput(body, submittedSeed);
    if (!isFileUrl(output.audio.url)) {
      throw new UndecodableError(
        "The result's file lies at an address that is not the engine's own; it is not told on.",
      );
    }
    return { kind: "output", output, settlement: settle(billingOf(billableUnits) ?? "YES", billableUnits) };
  } catch (error) {
    if (!(error instanceof UndecodableError)) throw error;
    const settlement = settle(billingOf(billableUnits) ?? "UNKNOWN", billableUnits);
    return { kind: "failed", error: unusable(error.message), settlement, certain: false };
  }
}

/** Anything but a 2xx. */
export function outcomeOfFailure({ status, headers, body }: UpstreamResponseError): ResultOutcome {
  if (status === 400 && /still in progress/i.test(text(record(body)?.detail) ?? "")) return { kind: "pending" };
  return outcomeOf(mapFailure(status, headers, body));
}

/**
 * A COMPLETED status with an error in it is a failure. The result tells more where it is one too; a page of a proxy's, a
 * missing result or even an output do not outweigh it.
 */
export function afterStatusError(outcome: ResultOutcome, { error, errorType }: StatusError): ResultOutcome {
  if (error === null && errorType === null) return outcome;
  if (outcome.kind === "cancelled" || (outcome.kind === "failed" && outcome.certain)) return outcome;
  const failure = mapFailure(null, {}, { detail: error, error_type: errorType });
  const told = { ...outcomeOf(failure), certain: true };
  const billableUnits = outcome.kind === "pending" ? null : outcome.settlement.billableUnits;
  return { ...told, settlement: settle(billingOf(billableUnits) ?? failure.billed, billableUnits) };
}

function outcomeOf(failure: Failure): Exclude<ResultOutcome, { kind: "output" | "pending" }> {
  const settlement = settle(failure.billed, failure.billableUnits);
  return failure.cancelled
    ? { kind: "cancelled", settlement }
    : { kind: "failed", error: failure.error, settlement, certain: failure.certain };
}

function settle(billed: Settlement["billed"], billableUnits: number | null): Settlement {
  return { billed, billableUnits, inferenceSeconds: null };
}

function unusable(message: string): JobError {
  return { code: "UPSTREAM_FAILED", message, field: null, upstreamType: null, upstreamStatus: 200, retryable: true };
}
