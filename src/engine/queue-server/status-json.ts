import type { JsonObject } from "./lossless-body.js";
import type { LogEntry, QueueRequest } from "./queue-request.js";

/** The addresses of a request, as a submit and every status name them (without the model's sub-path, as live fal does). */
export function requestUrls(baseUrl: string, id: string): JsonObject {
  const url = `${baseUrl}/fal-ai/stable-audio-25/requests/${id}`;
  return { response_url: url, status_url: `${url}/status`, cancel_url: `${url}/cancel` };
}

/**
 * The status JSON of fal's queue (fal docs, "Queue: status"): `queue_position` only while waiting, `logs` null unless
 * asked for, `error` and `error_type` only when the infrastructure failed. `progress` (0..1) is our extension.
 */
export function statusJson(
  request: QueueRequest,
  view: { baseUrl: string; position: number; logs: readonly LogEntry[] | null },
): JsonObject {
  const { id, status, progress, outcome } = request;
  return {
    status,
    request_id: id,
    ...requestUrls(view.baseUrl, id),
    logs: view.logs,
    metrics: metricsOf(request),
    ...(status === "IN_QUEUE" ? { queue_position: view.position } : {}),
    ...(progress === null ? {} : { progress }),
    ...(outcome?.kind === "infrastructure-error" ? { error: outcome.message, error_type: outcome.errorType } : {}),
  };
}

/** fal answers 202 until the end, then 200. */
export function statusCodeOf({ status }: QueueRequest): number {
  return status === "COMPLETED" ? 200 : 202;
}

function metricsOf({ startedAtMs, endedAtMs }: QueueRequest): JsonObject {
  return startedAtMs === null || endedAtMs === null ? {} : { inference_time: (endedAtMs - startedAtMs) / 1000 };
}
