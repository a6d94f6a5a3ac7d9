import type { Billing, JobError } from "../job.js";
import { finite, record, text } from "./decode.js";
import { meaningOfStatus, meaningOfType } from "./failure-table.js";
import { redact } from "./redact.js";

/**
 * What a failure means to the caller, by failure-table.ts. Known ones are told in plain words with fal's own after them;
 * unknown ones are mapped by status and keep fal's text.
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

const PASSING: ReadonlySet<number> = new Set([404, 408, 429, 499]);
const MAX_TEXT_CHARACTERS = 1_000;
const MAX_NAME_CHARACTERS = 100;

const EXPIRED = "The engine no longer keeps the result of this request. Submit it again.";
const NOT_STARTED =
  "The request did not start before its start deadline. Submit it again, or allow a longer startTimeout.";

/** @param status null where only a COMPLETED status tells of the failure. */
export function mapFailure(status: number | null, headers: Readonly<Record<string, string>>, body: unknown): Failure {
  const detail = firstDetail(body);
  const upstreamType = bounded(
    detail?.type ?? text(record(body)?.error_type) ?? text(headers["x-fal-error-type"]),
    MAX_NAME_CHARACTERS,
  );
  const typed = meaningOfType(upstreamType);
  const effectiveStatus = status ?? typed?.status ?? null;
  const userDeadline = status === 504 && headers["x-fal-request-timeout-type"] === "user";
  const meaning = userDeadline
    ? { code: "TIMED_OUT" as const, retryable: true }
    : (typed ?? meaningOfStatus(effectiveStatus));
  const plain = userDeadline
    ? NOT_STARTED
    : (typed?.say({ field: detail?.field?.join(".") ?? "The input", context: detail?.context ?? {} }) ??
      (status === 404 ? EXPIRED : null));
  const billableUnits = numberHeader(headers["x-fal-billable-units"]);
  return {
    error: {
      code: meaning.code,
      message: inWords(plain, ownText(body), effectiveStatus),
      field: detail?.field ?? null,
      upstreamType,
      upstreamStatus: effectiveStatus,
      retryable: retryableHeader(headers) ?? meaning.retryable,
    },
    billed: billingOf(billableUnits) ?? usualBilling(effectiveStatus),
    billableUnits,
    cancelled: upstreamType === "client_cancelled" && effectiveStatus === 499,
    // fal marks the end of a request with a type; a plain 4xx is believed too, unless its kind passes.
    certain: upstreamType !== null || (status !== null && status >= 400 && status < 500 && !PASSING.has(status)),
  };
}

/** Null for what is no amount of anything. */
export function numberHeader(value: string | undefined): number | null {
  const number = value === undefined || value.trim() === "" ? null : finite(Number(value));
  return number === null || number < 0 ? null : number;
}

/** Null while fal does not say. */
export function billingOf(billableUnits: number | null): Billing | null {
  if (billableUnits === null) return null;
  return billableUnits > 0 ? "YES" : "NO";
}

/** fal's FAQ: server errors and waiting are not billed; a 422 may be, if GPU time was used. */
function usualBilling(status: number | null): Billing {
  if (status === null) return "UNKNOWN";
  return status >= 500 || [401, 402, 403, 429].includes(status) ? "NO" : "UNKNOWN";
}

/** X-Fal-Retryable is documented with the model errors, X-Fal-Needs-Retry with the retries. */
function retryableHeader(headers: Readonly<Record<string, string>>): boolean | null {
  const value = headers["x-fal-retryable"] ?? headers["x-fal-needs-retry"];
  if (value === undefined) return null;
  return value === "true" || value === "1";
}

function inWords(plain: string | null, own: string | null, status: number | null): string {
  if (plain !== null) return own === null || own === plain ? plain : `${plain} The engine said: ${own}`;
  return own ?? (status === null ? "The engine failed." : `The engine failed with status ${status}.`);
}

/** fal's text, wherever it stands (`detail` as text or list, `message`, `error`), bounded and without secrets. */
export function ownText(body: unknown): string | null {
  const fields = record(body);
  const found =
    text(fields?.detail) ?? firstDetail(body)?.message ?? text(fields?.message) ?? text(fields?.error) ?? null;
  return bounded(found === null ? null : redact(found.slice(0, MAX_TEXT_CHARACTERS * 10)), MAX_TEXT_CHARACTERS);
}

interface Detail {
  readonly type: string | null;
  readonly message: string | null;
  readonly field: string[] | null;
  readonly context: Readonly<Record<string, unknown>>;
}

function firstDetail(body: unknown): Detail | null {
  const list = record(body)?.detail;
  const detail = Array.isArray(list) ? record(list[0]) : null;
  if (!detail) return null;
  return {
    type: text(detail.type),
    message: text(detail.msg),
    field: fieldOf(detail.loc),
    context: record(detail.ctx) ?? {},
  };
}

/** ["body", "audio_url"] is ["audioUrl"] in the API's names. */
function fieldOf(location: unknown): string[] | null {
  if (!Array.isArray(location)) return null;
  const names = location.filter((part): part is string => typeof part === "string").slice(0, 10);
  const path = names[0] === "body" ? names.slice(1) : names;
  return path.length === 0
    ? null
    : path.map((name) =>
        name.slice(0, MAX_NAME_CHARACTERS).replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      );
}

function bounded(value: string | null, maxCharacters: number): string | null {
  return value === null || value.length <= maxCharacters ? value : `${value.slice(0, maxCharacters - 1)}…`;
}
