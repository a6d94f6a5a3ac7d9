import type { JobErrorCode } from "../job.js";
import { finite, record, text } from "./decode.js";

/** What a failure of a documented type means. */
export interface Meaning {
  readonly code: JobErrorCode;
  readonly retryable: boolean;
}

export interface TypedMeaning extends Meaning {
  /** The HTTP status it is documented with. */
  readonly status: number;
  /** In plain words: what is wrong, and what to do where the caller can do something. */
  readonly say: (about: FailureSubject) => string;
}

export interface FailureSubject {
  /** The input field at fault, in the API's names; "The input" when it is not told. */
  readonly field: string;
  /** The figures that come with a failure. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** fal's documented `detail[].type` ("Model errors"). Those for images, video and archives can't come from this model. */
const MODEL_ERRORS: Record<string, TypedMeaning> = {
  content_policy_violation: {
    ...final("CONTENT_REJECTED"),
    say: () => "The content policy refuses the prompt or the audio. Change them and submit again.",
  },
  file_download_error: {
    ...final("AUDIO_UNAVAILABLE"),
    say: () => "The audio could not be downloaded. Check that its URL answers to everybody, or upload the file.",
  },
  file_too_large: {
    ...final("AUDIO_UNSUPPORTED"),
    say: ({ context }) => `The audio file is too large${limit(context.max_size, "bytes")}. Shorten or compress it.`,
  },
  audio_duration_too_long: {
    ...final("AUDIO_UNSUPPORTED"),
    say: ({ context }) => `The audio is too long${duration(context, "max_duration", "at most")}. Shorten it.`,
  },
  audio_duration_too_short: {
    ...final("AUDIO_UNSUPPORTED"),
    say: ({ context }) => `The audio is too short${duration(context, "min_duration", "at least")}. Use a longer one.`,
  },
  unsupported_audio_format: {
    ...final("AUDIO_UNSUPPORTED"),
    say: ({ context }) => `The audio's format is not supported${formats(context)}. Convert it, e.g. to WAV.`,
  },
  no_media_generated: {
    ...passing("UPSTREAM_FAILED", 422),
    say: () => "The model made no audio. Submit it again, perhaps with another prompt or seed.",
  },
  internal_server_error: { ...passing("UPSTREAM_FAILED", 500), say: () => "The model failed." },
  downstream_service_error: {
    ...passing("UPSTREAM_FAILED", 400),
    say: () => "A service that the model depends on failed.",
  },
  downstream_service_unavailable: {
    ...passing("UPSTREAM_UNAVAILABLE", 500),
    say: () => "A service that the model depends on does not answer.",
  },
  generation_timeout: { ...passing("TIMED_OUT", 504), say: () => "The model took longer than it may." },
  missing: { ...final("INVALID_INPUT"), say: ({ field }) => `${field} is missing.` },
  greater_than: compared("greater than", "gt"),
  greater_than_equal: compared("at least", "ge"),
  less_than: compared("less than", "lt"),
  less_than_equal: compared("at most", "le"),
  multiple_of: compared("a multiple of", "multiple_of"),
  sequence_too_short: { ...final("INVALID_INPUT"), say: ({ field }) => `${field} has too few entries.` },
  sequence_too_long: { ...final("INVALID_INPUT"), say: ({ field }) => `${field} has too many entries.` },
  one_of: { ...final("INVALID_INPUT"), say: ({ field }) => `${field} is none of the values that the model knows.` },
  feature_not_supported: {
    ...final("INVALID_INPUT"),
    say: ({ field }) => `${field} asks for what the model does not offer.`,
  },
};

/** fal's documented `error_type` ("Request errors"). */
const REQUEST_ERRORS: Record<string, TypedMeaning> = {
  request_timeout: { ...passing("TIMED_OUT", 504), say: () => "The request took longer than it may." },
  startup_timeout: {
    ...passing("TIMED_OUT", 504),
    say: () => "No machine was free for the request before its time was up.",
  },
  runner_scheduling_failure: unreachable("No machine could be had for the request."),
  runner_connection_timeout: unreachable("The machine for the request did not answer in time."),
  runner_connection_refused: unreachable("The machine for the request refused it."),
  runner_connection_error: unreachable("The machine for the request could not be reached."),
  runner_disconnected: { ...passing("UPSTREAM_FAILED", 503), say: () => "The machine that ran the request was lost." },
  runner_incomplete_response: {
    ...passing("UPSTREAM_FAILED", 502),
    say: () => "The machine that ran the request broke off its answer.",
  },
  runner_server_error: {
    ...passing("UPSTREAM_FAILED", 500),
    say: () => "The machine that ran the request failed.",
  },
  internal_error: { ...passing("UPSTREAM_FAILED", 500), say: () => "The engine failed." },
  client_disconnected: {
    ...passing("UPSTREAM_FAILED", 499),
    say: () => "The engine took its client to be gone, and ended the request.",
  },
  client_cancelled: { ...passing("UPSTREAM_FAILED", 499), say: () => "The request was cancelled." },
  bad_request: { ...final("INVALID_INPUT"), status: 400, say: () => "The engine does not understand the request." },
};

const BY_TYPE = new Map(Object.entries({ ...MODEL_ERRORS, ...REQUEST_ERRORS }));

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  401: { code: "UPSTREAM_AUTH", retryable: false },
  402: { code: "UPSTREAM_AUTH", retryable: false },
  403: { code: "UPSTREAM_AUTH", retryable: false },
  404: { code: "RESULT_EXPIRED", retryable: true },
  408: { code: "TIMED_OUT", retryable: true },
  422: { code: "INVALID_INPUT", retryable: false },
  429: { code: "UPSTREAM_UNAVAILABLE", retryable: true },
  499: { code: "UPSTREAM_FAILED", retryable: true },
  503: { code: "UPSTREAM_UNAVAILABLE", retryable: true },
  504: { code: "TIMED_OUT", retryable: true },
};

/** Null for a type that is not documented. */
export function meaningOfType(type: string | null): TypedMeaning | null {
  return type === null ? null : (BY_TYPE.get(type) ?? null);
}

/** By the status, else by its class. Null stands for a failure that no HTTP status came with. */
export function meaningOfStatus(status: number | null): Meaning {
  const clientError: Meaning = { code: "INVALID_INPUT", retryable: false };
  const otherwise: Meaning = { code: "UPSTREAM_FAILED", retryable: true };
  if (status === null) return otherwise;
  return BY_STATUS[status] ?? (status >= 400 && status < 500 ? clientError : otherwise);
}

function final(code: JobErrorCode): Meaning & { status: number } {
  return { code, retryable: false, status: 422 };
}

function passing(code: JobErrorCode, status: number): Meaning & { status: number } {
  return { code, retryable: true, status };
}

function unreachable(words: string): TypedMeaning {
  return { ...passing("UPSTREAM_UNAVAILABLE", 503), say: () => words };
}

function compared(relation: string, bound: string): TypedMeaning {
  return {
    ...final("INVALID_INPUT"),
    say: ({ field, context }) => {
      const value = finite(context[bound]);
      return value === null ? `${field} is out of range.` : `${field} must be ${relation} ${value}.`;
    },
  };
}

function limit(value: unknown, unit: string): string {
  const figure = finite(value);
  return figure === null ? "" : `: at most ${figure} ${unit}`;
}

function duration(context: FailureSubject["context"], bound: string, relation: string): string {
  const allowed = finite(context[bound]);
  const provided = finite(context.provided_duration);
  const figures = [
    ...(provided === null ? [] : [`${provided} s`]),
    ...(allowed === null ? [] : [`${relation} ${allowed} s are taken`]),
  ];
  return figures.length === 0 ? "" : `: ${figures.join(", ")}`;
}

function formats(context: FailureSubject["context"]): string {
  const list = context.supported_formats;
  const names = (Array.isArray(list) ? list : Object.values(record(list) ?? {}))
    .flatMap((name) => text(name) ?? [])
    .slice(0, 12)
    .map((name) => name.slice(0, 20));
  return names.length === 0 ? "" : `; these are: ${names.join(", ")}`;
}
