import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import { parseFileLifetime } from "./file-lifetime.js";
import type { FileStore } from "./file-store.js";
import type { FileUrls } from "./file-urls.js";
import { InvalidJsonError, parseJsonObject } from "./lossless-body.js";
import { errorDetail } from "./model-error.js";
import { QueueFullError } from "./queue-errors.js";
import type { QueueRequest } from "./queue-request.js";
import type { CancelOutcome, RequestQueue } from "./request-queue.js";
import type { RequestRegister } from "./request-register.js";
import { NOT_FOUND_REPLY, resultReply } from "./result-reply.js";
import type { Seams } from "./seams.js";
import { InvalidStartDeadlineError, parseStartDeadline } from "./start-deadline-header.js";
import { requestUrls, statusCodeOf, statusJson } from "./status-json.js";

export const ENDPOINT_ID = "fal-ai/stable-audio-25/inpaint";

/** Clients leave the model's sub-path out of a request's URLs; fal's per-model OpenAPI files keep it. Both are served. */
export const REQUEST_PREFIXES = [
  "/fal-ai/stable-audio-25/requests/:id",
  "/fal-ai/stable-audio-25/inpaint/requests/:id",
] as const;

export interface QueueRouteOptions {
  queue: RequestQueue;
  register: RequestRegister;
  files: FileStore;
  urls: FileUrls;
  seams: Seams;
  /** Where this server is reached, for the URLs of a request. */
  baseUrl: () => string;
}

const MAX_WEBHOOK_CHARACTERS = 8_000;

/** HTTP codes of the cancel words (fal docs, "Queue: cancel"). */
const CANCEL_CODES: Record<CancelOutcome, number> = {
  OK: 200,
  CANCELLATION_REQUESTED: 202,
  ALREADY_COMPLETED: 400,
  NOT_FOUND: 404,
};

export interface RequestParams {
  Params: { id: string };
}

/** Submit, status, result and cancel of fal's queue. */
export const queueRoutes: FastifyPluginAsync<QueueRouteOptions> = async (app, options) => {
  const { queue, register, files, urls, seams, baseUrl } = options;
  const submit = { config: { call: "submit" } } as const;
  app.post<{ Body: string; Querystring: Record<string, unknown> }>(
    `/${ENDPOINT_ID}`,
    submit,
    async (request, reply) => {
      // fal checks nothing but that it is JSON: what is wrong with the input is told by the result.
      const fault = faultOfBody(request.body);
      if (fault !== null) return reply.code(422).send({ detail: [fault] });
      try {
        const submission = {
          endpointId: ENDPOINT_ID,
          input: request.body,
          priority: request.headers["x-fal-queue-priority"] === "low" ? "low" : "normal",
          startDeadlineMs: parseStartDeadline(request.headers),
          fileLifetimeSeconds: parseFileLifetime(request.headers),
          keepsPayload: request.headers["x-fal-store-io"] !== "0",
          webhook: parseWebhook(request.query.fal_webhook),
        } as const;
        const maxQueueLength = parseMaxQueueLength(request.query.fal_max_queue_length);
        const submitted = await queue.submit(submission, maxQueueLength);
        return reply.header("x-fal-request-id", submitted.id).send(submitReply(submitted));
      } catch (error) {
        if (error instanceof QueueFullError) return reply.code(429).send({ detail: `Queue is full: ${error.message}` });
        if (error instanceof InvalidStartDeadlineError) return reply.code(400).send({ detail: error.message });
        throw error;
      }
    },
  );

  for (const prefix of REQUEST_PREFIXES) {
    app.get<RequestParams & { Querystring: { logs?: unknown } }>(
      `${prefix}/status`,
      { config: { call: "status" } },
      (request, reply) =>
        withRequest(request, reply, async (found) => {
          const logs = wantsLogs(request.query.logs) ? found.logs : null;
          const view = { baseUrl: baseUrl(), position: queue.position(found), logs };
          return reply.code(statusCodeOf(found)).send(seams.showStatus(found, statusJson(found, view), "poll"));
        }),
    );

    for (const path of [prefix, `${prefix}/response`]) {
      app.get<RequestParams>(path, { config: { call: "result" } }, (request, reply) =>
        withRequest(request, reply, async (found) => {
          const { statusCode, headers, body } = seams.showResult(found, await resultReply(found, files, urls));
          return reply.code(statusCode).headers(headers).send(body);
        }),
      );
    }

    app.put<RequestParams>(`${prefix}/cancel`, { config: { call: "cancel" } }, async (request, reply) => {
      const status = await queue.cancel(request.params.id);
      return reply.code(CANCEL_CODES[status]).send({ status });
    });
  }

  /** The state as it was when the request was accepted: it may run by the time this is read. */
  function submitReply({ id }: QueueRequest): object {
    const urlsOfRequest = requestUrls(baseUrl(), id);
    return { status: "IN_QUEUE", request_id: id, ...urlsOfRequest, logs: null, metrics: {}, queue_position: 0 };
  }

  async function withRequest(
    request: FastifyRequest<RequestParams>,
    reply: FastifyReply,
    answer: (found: QueueRequest) => Promise<FastifyReply>,
  ): Promise<FastifyReply> {
    const found = register.get(request.params.id);
    if (found === undefined) return reply.code(404).send(NOT_FOUND_REPLY.body);
    reply.header("x-fal-request-id", found.id);
    return answer(found);
  }
};

/** JavaScript clients send 1 and 0, Python ones true and false. */
export function wantsLogs(value: unknown): boolean {
  return value === "1" || value === "true";
}

function faultOfBody(body: string): object | null {
  try {
    parseJsonObject(body);
    return null;
  } catch (error) {
    if (!(error instanceof InvalidJsonError)) throw error;
    return errorDetail("json_invalid", ["body"], "JSON decode error", { ctx: { error: error.message } });
  }
}

/** Whatever was given as a URL is accepted; what can't be called never is. */
function parseWebhook(url: unknown): QueueRequest["webhook"] {
  return typeof url === "string" && url !== "" && url.length <= MAX_WEBHOOK_CHARACTERS ? { url, settled: false } : null;
}

/** Callers may refuse to wait behind more than this many (fal docs, "Queue: submit"). */
function parseMaxQueueLength(value: unknown): number {
  return typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : Number.POSITIVE_INFINITY;
}
