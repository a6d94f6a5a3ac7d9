import type { FileStore } from "./file-store.js";
import type { FileUrls } from "./file-urls.js";
import type { JsonObject } from "./lossless-body.js";
import { numberFromDigits } from "./lossless-body.js";
import type { QueueRequest } from "./queue-request.js";

export interface ResultReply {
  statusCode: number;
  headers: Record<string, string>;
  body: JsonObject;
}

/** fal's words for an id it does not know (any more). */
export const NOT_FOUND_REPLY: ResultReply = { statusCode: 404, headers: {}, body: { status: "NOT_FOUND" } };

/**
 * What the result URL of a request answers (fal docs, "Queue: result"): the model's own status and body, or the
 * infrastructure's; 400 until it is there; 404 once its file is gone.
 */
export async function resultReply(request: QueueRequest, files: FileStore, urls: FileUrls): Promise<ResultReply> {
  const { outcome } = request;
  if (outcome === null) return { statusCode: 400, headers: {}, body: { detail: "Request is still in progress" } };
  if (outcome.kind === "infrastructure-error") {
    const headers: Record<string, string> = { "x-fal-error-type": outcome.errorType };
    if (outcome.userDeadline === true) headers["x-fal-request-timeout-type"] = "user";
    const body = { detail: outcome.message, error_type: outcome.errorType };
    return { statusCode: outcome.statusCode, headers, body };
  }
  // Nothing this engine does costs money.
  const free = { "x-fal-billable-units": "0" };
  if (outcome.kind === "model-error") {
    const headers = { ...free, "x-fal-retryable": String(outcome.statusCode >= 500) };
    return { statusCode: outcome.statusCode, headers, body: { detail: outcome.detail } };
  }
  const file = await files.find(outcome.fileId);
  if (file === null) return NOT_FOUND_REPLY;
  const url = outcome.inline ? await dataUri(files, file.id, file.contentType) : urls.fileUrl(file);
  const audio = { url, content_type: file.contentType, file_name: file.name, file_size: file.sizeBytes };
  return { statusCode: 200, headers: free, body: { audio, seed: numberFromDigits(outcome.seed) } };
}

async function dataUri(files: FileStore, fileId: string, contentType: string): Promise<string> {
  const bytes = await files.read(fileId);
  return `data:${contentType};base64,${Buffer.from(bytes.buffer).toString("base64")}`;
}
