import type { FastifyPluginAsync } from "fastify";
import type { JsonObject } from "./lossless-body.js";
import { parseJson } from "./lossless-body.js";
import type { QueueRequest } from "./queue-request.js";
import type { RequestRegister } from "./request-register.js";
import type { Seams } from "./seams.js";

const MAX_ITEMS = 100;
const DEFAULT_ITEMS = 20;
/** A page ends early rather than hold more input than this: one input may have 16 MB. */
const MAX_PAGE_INPUT_BYTES = 16 * 1024 * 1024;

/**
 * The request history of fal's platform API (fal docs, "Platform APIs: requests by endpoint"): newest first, with the
 * inputs when `expand=payloads`. What is still queued or running is listed too, without an end and a status code.
 */
export const historyRoute: FastifyPluginAsync<{ register: RequestRegister; seams: Seams }> = async (app, options) => {
  const { register, seams } = options;
  const history = { config: { call: "history" } } as const;
  app.get<{ Querystring: Record<string, unknown> }>(
    "/v1/models/requests/by-endpoint",
    history,
    async (request, reply) => {
      const query = readQuery(request.query);
      if (typeof query === "string") {
        return reply.code(400).send({ error: { type: "validation_error", message: query } });
      }
      const matching = [...register.all()]
        .filter((found) => query.matches(found) && seams.isListed(found))
        .sort((one, other) => other.sequence - one.sequence);
      const items: JsonObject[] = [];
      let inputBytes = 0;
      for (const found of matching.slice(0, query.limit)) {
        const input = query.withPayloads && found.keepsPayload ? await readInput(found) : null;
        inputBytes += input?.length ?? 0;
        if (items.length > 0 && inputBytes > MAX_PAGE_INPUT_BYTES) break;
        items.push({ ...historyItem(found), ...(input === null ? {} : { json_input: parseJson(input) }) });
      }
      const last = matching[items.length - 1];
      const hasMore = items.length < matching.length;
      return reply.send({ items, next_cursor: hasMore && last ? String(last.sequence) : null, has_more: hasMore });
    },
  );

  /** null when retention has taken it meanwhile. */
  async function readInput(request: QueueRequest): Promise<string | null> {
    return register.readInput(request).catch(() => null);
  }
};

interface HistoryQuery {
  matches: (request: QueueRequest) => boolean;
  limit: number;
  withPayloads: boolean;
}

/** What is asked for, or what is wrong with the question. */
function readQuery(query: Record<string, unknown>): HistoryQuery | string {
  const { endpoint_id: endpointId, request_id: requestId, status, expand } = query;
  const start = query.start === undefined ? Number.NEGATIVE_INFINITY : Date.parse(String(query.start));
  const end = query.end === undefined ? Number.POSITIVE_INFINITY : Date.parse(String(query.end));
  const limit = query.limit === undefined ? DEFAULT_ITEMS : Number(query.limit);
  const before = query.cursor === undefined ? Number.POSITIVE_INFINITY : Number(query.cursor);
  if (typeof endpointId !== "string") return "endpoint_id is required";
  if (Number.isNaN(start) || Number.isNaN(end)) return "start and end must be ISO 8601 times";
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_ITEMS) return `limit must be 1 to ${MAX_ITEMS}`;
  if (Number.isNaN(before)) return "cursor is not one this server gave out";
  if (status !== undefined && !STATUS_WORDS.has(String(status))) return "status must be success, error or user_error";
  return {
    limit,
    withPayloads: String(expand ?? "")
      .split(",")
      .includes("payloads"),
    matches: (request) =>
      request.endpointId === endpointId &&
      request.sentAtMs >= start &&
      request.sentAtMs <= end &&
      request.sequence < before &&
      (requestId === undefined || request.id === requestId) &&
      (status === undefined || statusWord(request) === status),
  };
}

const STATUS_WORDS = new Set(["success", "error", "user_error"]);

function statusWord(request: QueueRequest): string | null {
  const code = statusCode(request);
  if (code === null) return null;
  return code < 400 ? "success" : code < 500 ? "user_error" : "error";
}

function statusCode({ outcome }: QueueRequest): number | null {
  if (outcome === null) return null;
  return outcome.kind === "audio" ? 200 : outcome.statusCode;
}

function historyItem(request: QueueRequest): JsonObject {
  const code = statusCode(request);
  return {
    request_id: request.id,
    endpoint_id: request.endpointId,
    sent_at: new Date(request.sentAtMs).toISOString(),
    started_at: request.startedAtMs === null ? null : new Date(request.startedAtMs).toISOString(),
    ...(request.endedAtMs === null ? {} : { ended_at: new Date(request.endedAtMs).toISOString() }),
    ...(code === null ? {} : { status_code: code }),
  };
}
