import type { InpaintOutput, Job, JobError } from "../job.js";

/**
 * What a webhook of ours says of a finished job: the JSON of fal's webhooks, written as fal writes it (keys sorted, a space
 * after each separator). A job that upstream never took, or took without our learning its id, is named by its own id.
 */
export function webhookBody(job: Job): string {
  const requestId = requestIdOf(job);
  return writeJson({ ...endOf(job), request_id: requestId, gateway_request_id: requestId });
}

export function requestIdOf(job: Job): string {
  return job.requestId ?? job.id;
}

function endOf(job: Job): { status: "OK" | "ERROR"; error: string | null; payload: Json } {
  if (job.output) return { status: "OK", error: null, payload: outputJson(job.output) };
  if (job.error) return { status: "ERROR", error: errorText(job.error), payload: detailOf(job.error) };
  // fal's own end of a cancelled request.
  const payload = { detail: "The request was cancelled.", error_type: "client_cancelled" };
  return { status: "ERROR", error: "Invalid status code: 499", payload };
}

function outputJson({ audio, seed }: InpaintOutput): Json {
  return {
    audio: {
      url: audio.url,
      content_type: audio.contentType,
      file_name: audio.fileName,
      file_size: audio.fileSize,
      ...(audio.fileData === null ? {} : { file_data: audio.fileData }),
    },
    seed,
  };
}

function errorText({ upstreamStatus, message }: JobError): string {
  return upstreamStatus === null ? message : `Invalid status code: ${upstreamStatus}`;
}

/** A fault of the input in the form of fal's model errors, any other in that of its request errors. */
function detailOf({ code, field, message, upstreamType }: JobError): Json {
  const type = upstreamType ?? code.toLowerCase();
  return field === null || field[0] === "options"
    ? { detail: message, error_type: type }
    : { detail: [{ loc: ["body", ...field.map(inSnakeCase)], msg: message, type }] };
}

function inSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

type Json = null | number | bigint | string | Json[] | { readonly [key: string]: Json };

/** Integers keep all their digits. */
function writeJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(writeJson).join(", ")}]`;
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}: ${writeJson(member)}`).join(", ")}}`;
}
