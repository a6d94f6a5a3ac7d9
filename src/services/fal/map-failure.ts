import type { Billing, JobError, JobErrorCode } from "../job.js";
import { finite, record, text } from "./decode.js";

/**
 * What a failed result means to the caller, by fal's documented HTTP statuses, `detail[].type` ("Model errors") and
 * `error_type` ("Request errors"). Unknown ones are mapped by status class and keep fal's own text.
 */
export interface Failure {
  readonly error: JobError;
  readonly billed: Billing;
  readonly billableUnits: number | null;
  /** The request was cancelled upstream: no failure of anybody's. */
  readonly cancelled: boolean;
  /** False where a proxy on the way may speak, or upstream in a bad moment: asking again may bring another answer. */
  readonly certain: boolean;
}

interface Meaning {
  readonly code: JobErrorCode;
  readonly retryable: boolean;
}

const BY_TYPE = new Map<string, Meaning>(
  Object.entries({
    content_policy_violation: { code: "CONTENT_REJECTED", retryable: false },
    file_download_error: { code: "AUDIO_UNAVAILABLE", retryable: false },
    file_too_large: { code: "AUDIO_UNSUPPORTED", retryable: false },
    audio_duration_too_long: { code: "AUDIO_UNSUPPORTED", retryable: false },
    audio_duration_too_short: { code: "AUDIO_UNSUPPORTED", retryable: false },
    unsupported_audio_format: { code: "AUDIO_UNSUPPORTED", retryable: false },
    no_media_generated: { code: "UPSTREAM_FAILED", retryable: true },
    internal_server_error: { code: "UPSTREAM_FAILED", retryable: true },
    downstream_service_error: { code: "UPSTREAM_FAILED", retryable: true },
    downstream_service_unavailable: { code: "UPSTREAM_UNAVAILABLE", retryable: true },
    generation_timeout: { code: "TIMED_OUT", retryable: true },
    request_timeout: { code: "TIMED_OUT", retryable: true },
    startup_timeout: { code: "TIMED_OUT", retryable: true },
    runner_scheduling_failure: { code: "UPSTREAM_UNAVAILABLE", retryable: true },
    runner_connection_timeout: { code: "UPSTREAM_UNAVAILABLE", retryable: true },
    runner_connection_refused: { code: "UPSTREAM_UNAVAILABLE", retryable: true },
    runner_connection_error: { code: "UPSTREAM_UNAVAILABLE", retryable: true },
    runner_disconnected: { code: "UPSTREAM_FAILED", retryable: true },
    runner_incomplete_response: { code: "UPSTREAM_FAILED", retryable: true },
    runner_server_error: { code: "UPSTREAM_FAILED", retryable: true },
    internal_error: { code: "UPSTREAM_FAILED", retryable: true },
    client_disconnected: { code: "UPSTREAM_FAILED", retryable: true },
    bad_request: { code: "INVALID_INPUT", retryable: false },
  }),
);

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  401: { code: "UPSTREAM_AUTH", retryable: false },
  403: { code: "UPSTREAM_AUTH", retryable: false },
  404: { code: "RESULT_EXPIRED", retryable: true },
  408: { code: "TIMED_OUT", retryable: true },
  422: { code: "INVALID_INPUT", retryable: false },
  429: { code: "UPSTREAM_UNAVAILABLE", retryable: true },
  499: { code: "UPSTREAM_FAILED", retryable: true },
  503: { code: "UPSTREAM_UNAVAILABLE", retryable: true },
  504: { code: "TIMED_OUT", retryable: true },
};

const PASSING: ReadonlySet<number> = new Set([404, 408, 429, 499]);

const EXPIRED_MESSAGE = "Upstream no longer keeps the result of this request. Submit it again.";

export function mapFailure(status: number, headers: Readonly<Record<string, string>>, body: unknown): Failure {
  const detail = firstDetail(body);
  const upstreamType = detail?.type ?? text(record(body)?.error_type) ?? text(headers["x-fal-error-type"]);
  const meaning = BY_TYPE.get(upstreamType ?? "") ?? BY_STATUS[status] ?? byClass(status);
  const billableUnits = numberHeader(headers["x-fal-billable-units"]);
  const userTimeout = status === 504 && headers["x-fal-request-timeout-type"] === "user";
  const message = userTimeout
    ? "The request did not start before its start deadline. Submit it again, or allow a longer startTimeout."
    : status === 404
      ? EXPIRED_MESSAGE
      : failureText(body, `Upstream failed with status ${status}.`);
  return {
    error: {
      code: userTimeout ? "TIMED_OUT" : meaning.code,
      message,
      field: detail?.field ?? null,
      upstreamType,
      upstreamStatus: status,
      retryable: retryableHeader(headers) ?? meaning.retryable,
    },
    billed: billing(status, billableUnits),
    billableUnits,
    cancelled: status === 499 && upstreamType === "client_cancelled",
    // fal marks the end of a request with a type; a plain 4xx is believed too, unless its kind passes.
    certain: upstreamType !== null || (status >= 400 && status < 500 && !PASSING.has(status)),
  };
}

export function numberHeader(value: string | undefined): number | null {
  return value === undefined || value.trim() === "" ? null : finite(Number(value));
}

/** fal's FAQ: server errors and waiting are not billed; a 422 may be, if GPU time was used. */
function billing(status: number, billableUnits: number | null): Billing {
  if (billableUnits !== null) return billableUnits > 0 ? "YES" : "NO";
  if (status >= 500) return "NO";
  return status === 401 || status === 403 || status === 429 ? "NO" : "UNKNOWN";
}

function byClass(status: number): Meaning {
  return status >= 400 && status < 500
    ? { code: "INVALID_INPUT", retryable: false }
    : { code: "UPSTREAM_FAILED", retryable: true };
}

/** X-Fal-Retryable is documented with the model errors, X-Fal-Needs-Retry with the retries. */
function retryableHeader(headers: Readonly<Record<string, string>>): boolean | null {
  const value = headers["x-fal-retryable"] ?? headers["x-fal-needs-retry"];
  if (value === undefined) return null;
  return value === "true" || value === "1";
}

/** fal's text, wherever it stands: `detail` as text or list, `message`, `error`. */
function failureText(body: unknown, otherwise: string): string {
  const fields = record(body);
  return (
    text(fields?.detail) ??
    firstDetail(body)?.message ??
    text(fields?.message) ??
    text(fields?.error) ??
    otherwise
  ).slice(0, 1_000);
}

function firstDetail(body: unknown): { type: string | null; message: string | null; field: string[] | null } | null {
  const list = record(body)?.detail;
  const detail = Array.isArray(list) ? record(list[0]) : null;
  if (!detail) return null;
  return { type: text(detail.type), message: text(detail.msg), field: fieldOf(detail.loc) };
}

/** ["body", "audio_url"] is ["audioUrl"] in the API's names. */
function fieldOf(location: unknown): string[] | null {
  if (!Array.isArray(location)) return null;
  const names = location.filter((part): part is string => typeof part === "string");
  const path = names[0] === "body" ? names.slice(1) : names;
  return path.length === 0
    ? null
    : path.map((name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
}
