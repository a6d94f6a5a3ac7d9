import type { JsonObject } from "../lossless-body.js";
import { isJsonObject } from "../lossless-body.js";
import type { LogEntry, QueueRequest } from "../queue-request.js";
import type { ResultReply } from "../result-reply.js";
import type { Seams } from "../seams.js";
import type { FaultList } from "./fault-list.js";
import { faultySink } from "./faulty-sink.js";
import { planFaultyWebhook } from "./faulty-webhook.js";
import type { SeenCalls } from "./seen-calls.js";

/** Seams at which the faults that are set strike. */
export function createFaultySeams(faults: FaultList, seen: SeenCalls, isHeld: (id: string) => boolean): Seams {
  return {
    accepted: ({ id }, input) => faults.accepted(id, input),
    mayStart: ({ id }) => !isHeld(id) && faults.strike("never-starts", { requestId: id }) === null,
    showStatus: (request, status, via) => showStatus(faults, request, status, via),
    showResult: (request, reply) => showResult(faults, request, reply),
    openSink: (request, stream) => faultySink(faults, request, stream),
    planWebhook: (request, delivery) => planFaultyWebhook(faults, request, delivery),
    webhookCalled: ({ id }, statusCode) => seen.webhookCalled(id, statusCode),
    isListed: ({ id, status, sentAtMs }) => {
      const lag = faults.strike("history-lags", { requestId: id });
      if (lag !== null && Date.now() - sentAtMs < lag.seconds * 1000) return false;
      return status === "COMPLETED" || faults.strike("history-finished-only", { requestId: id }) === null;
    },
  };
}

function showStatus(faults: FaultList, request: QueueRequest, status: JsonObject, via: "poll" | "stream"): JsonObject {
  const target = { requestId: request.id };
  const shown = { ...status };
  const position = faults.strike("queue-position", target);
  if (position !== null && "queue_position" in shown) shown.queue_position = position.position;
  const error = request.status === "COMPLETED" ? faults.strike("status-error", target) : null;
  if (error !== null) Object.assign(shown, { error: error.error, error_type: error.errorType });
  if (Array.isArray(shown.logs)) {
    const told = shown.logs as LogEntry[];
    shown.logs = showLogs(faults, request, { told, newLines: via === "poll" ? 0 : told.length });
  }
  return shown;
}

/** @param newLines how many of the last lines must be told whatever the window is */
function showLogs(
  faults: FaultList,
  { id, logs }: QueueRequest,
  { told, newLines }: { told: readonly LogEntry[]; newLines: number },
): LogEntry[] {
  const target = { requestId: id };
  const window = faults.strike("windowed-logs", target);
  const lines = window === null ? told : logs.slice(-Math.max(window.lines, newLines));
  if (faults.strike("plain-logs", target) === null) return [...lines];
  return lines.map(({ timestamp, message, labels }) => ({ timestamp: timestamp.replace(/Z$/, ""), message, labels }));
}

/** What differs from the output the model gave. */
const OUTPUT_FAULTS = {
  "missing-seed": ({ seed: _seed, ...output }: JsonObject) => output,
  "null-file-size": (output: JsonObject) => withFile(output, { file_size: null }),
  "octet-stream": (output: JsonObject) => withFile(output, { content_type: "application/octet-stream" }),
  // Last, because the others change the file that it replaces.
  "bare-audio": (output: JsonObject) => ({ ...output, audio: isJsonObject(output.audio) ? output.audio.url : null }),
};
type OutputFault = keyof typeof OUTPUT_FAULTS;

function showResult(faults: FaultList, { id }: QueueRequest, reply: ResultReply): ResultReply {
  if (reply.statusCode !== 200) return reply;
  let { body } = reply;
  for (const name of Object.keys(OUTPUT_FAULTS) as OutputFault[]) {
    if (faults.strike(name, { requestId: id }) !== null) body = OUTPUT_FAULTS[name](body);
  }
  return { ...reply, body };
}

function withFile(output: JsonObject, change: JsonObject): JsonObject {
  return { ...output, audio: isJsonObject(output.audio) ? { ...output.audio, ...change } : output.audio };
}
