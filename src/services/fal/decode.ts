import type { InpaintOutput, LogLevel } from "../job.js";

/** Tolerant readers of what fal sends: unknown keys are ignored, null and absent are one, nothing is trusted. */

/** A log line as upstream tells it. */
export interface UpstreamLogLine {
  /** Upstream's own text; repeated lines are recognised by it. */
  readonly rawTimestamp: string;
  readonly timestamp: number | null;
  readonly message: string;
  readonly level: LogLevel;
  readonly source: string | null;
}

export interface UpstreamStatus {
  readonly status: "IN_QUEUE" | "IN_PROGRESS" | "COMPLETED";
  readonly queuePosition: number | null;
  /** 0..1; an extension of the embedded engine, fal sends none. */
  readonly progress: number | null;
  /** Lines for `decodeLogLines`: there may be tens of thousands, and many of them known already. */
  readonly logs: readonly unknown[];
  readonly inferenceSeconds: number | null;
  /** Set when upstream says that the request failed; the result tells how. */
  readonly error: string | null;
  readonly errorType: string | null;
}

export class UndecodableError extends Error {
  override readonly name = "UndecodableError";
}

const LEVELS: readonly string[] = ["STDERR", "STDOUT", "ERROR", "INFO", "WARN", "DEBUG"];
const MAX_MESSAGE_CHARACTERS = 10_000;
/** Of a file: what upstream writes there is short. */
const MAX_NAME_CHARACTERS = 300;
const MAX_URL_CHARACTERS = 4_096;
/** The API tells positions as GraphQL's Int. */
const MAX_POSITION = 2 ** 31 - 1;
/** Later years have more digits than RFC 3339 can write, and nothing was logged before this. */
const LAST_TIME = Date.UTC(9999, 11, 31);
const FIRST_TIME = 0;
/** Timestamps, sources: what upstream writes there is short. */
const MAX_MARK_CHARACTERS = 100;

/** Throws UndecodableError. */
export function decodeStatus(json: unknown): UpstreamStatus {
  const body = record(json);
  const status = body?.status;
  if (!body || (status !== "IN_QUEUE" && status !== "IN_PROGRESS" && status !== "COMPLETED")) {
    throw new UndecodableError("Expected a status of IN_QUEUE, IN_PROGRESS or COMPLETED from upstream.");
  }
  const progress = finite(body.progress);
  return {
    status,
    queuePosition: status === "IN_QUEUE" ? wholeFromZero(body.queue_position, MAX_POSITION) : null,
    progress: progress === null ? null : Math.min(1, Math.max(0, progress)),
    logs: Array.isArray(body.logs) ? body.logs : [],
    inferenceSeconds: finite(record(body.metrics)?.inference_time),
    error: text(body.error),
    errorType: text(body.error_type),
  };
}

/** What is no line is left out. */
export function decodeLogLines(lines: readonly unknown[]): UpstreamLogLine[] {
  return lines.flatMap(decodeLogLine);
}

/** The model's output. `audio` may be a File object or, on some pages of fal's documentation, a bare URL. */
export function decodeOutput(json: unknown, submittedSeed: bigint): InpaintOutput {
  const body = record(json);
  const audio = typeof body?.audio === "string" ? { url: body.audio } : record(body?.audio);
  const url = text(audio?.url);
  if (!audio || url === null || url.length > MAX_URL_CHARACTERS)
    throw new UndecodableError("Expected an output with an audio file from upstream.");
  return {
    audio: {
      url,
      contentType: text(audio.content_type)?.slice(0, MAX_NAME_CHARACTERS) ?? null,
      fileName: text(audio.file_name)?.slice(0, MAX_NAME_CHARACTERS) ?? null,
      fileSize: wholeFromZero(audio.file_size),
      fileData: text(audio.file_data),
    },
    seed: integer(body?.seed) ?? submittedSeed,
  };
}

/** A plain id: it goes into URLs unescaped (by the fal client), so nothing else is accepted. */
export function decodeRequestId(value: unknown): string {
  if (typeof value === "string" && /^[A-Za-z0-9_-]{1,128}$/.test(value)) return value;
  throw new UndecodableError("Expected a plain request id from upstream.");
}

export function record(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

export function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

export function finite(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function decodeLogLine(value: unknown): UpstreamLogLine[] {
  const line = record(value);
  if (!line || typeof line.message !== "string") return [];
  const rawTimestamp = (text(line.timestamp) ?? "").slice(0, MAX_MARK_CHARACTERS);
  const level = typeof line.level === "string" ? line.level.toUpperCase() : "INFO";
  return [
    {
      rawTimestamp,
      timestamp: parseTimestamp(rawTimestamp),
      message: line.message.slice(0, MAX_MESSAGE_CHARACTERS),
      level: LEVELS.includes(level) ? (level as LogLevel) : "INFO",
      source: text(line.source)?.slice(0, MAX_MARK_CHARACTERS) ?? null,
    },
  ];
}

/** fal writes timestamps with or without a zone; without one they are UTC. */
function parseTimestamp(raw: string): number | null {
  const milliseconds = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(raw) ? raw : `${raw}Z`);
  return milliseconds >= FIRST_TIME && milliseconds <= LAST_TIME ? milliseconds : null;
}

function wholeFromZero(value: unknown, most = Number.MAX_SAFE_INTEGER): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= most ? value : null;
}

function integer(value: unknown): bigint | null {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : null;
}
