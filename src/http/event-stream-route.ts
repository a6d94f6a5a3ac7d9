import type { ServerResponse } from "node:http";
import type { FastifyError, FastifyInstance } from "fastify";
import { type ExecutionResult, OperationTypeNode } from "graphql";
import { createHandler } from "graphql-sse";
import type { Logger } from "pino";
import type { Observations } from "../observations.js";
import type { ApiContext } from "../resolvers/context.js";
import type { Services } from "../services/services.js";
import { type Admission, tooManyOfOneClient } from "./admission.js";
import { admitRequests } from "./authenticate.js";
import type { ErrorMask } from "./mask-errors.js";
import type { OverloadCheck } from "./overload.js";
import { refusePackedBodies } from "./packed-bodies.js";
import type { Pipeline } from "./pipeline.js";
import { pourEvents, roomIn } from "./pour-events.js";
import { presentResults } from "./presented-results.js";
import { type Refusal, refuse, refuseBody, sendRefusal } from "./refusal.js";

export interface EventStreamOptions {
  readonly path: string;
  readonly pipeline: Pipeline;
  readonly services: Services;
  readonly logger: Logger;
  readonly observations: Observations;
  readonly maskError: ErrorMask;
  readonly checkLoad: OverloadCheck;
  readonly admission: Admission;
  readonly bodyLimitBytes: number;
  /** How long a client that should read may read nothing. */
  readonly silenceMs: number;
}

/** What the protocol's handler is told of a request besides the request. */
interface Exchange {
  readonly context: ApiContext;
  readonly response: ServerResponse;
}

const EVENT_STREAM = "text/event-stream";

/**
 * Serves all operations as server-sent events, one operation per connection (the graphql-sse protocol's "distinct
 * connections mode"), for networks that let no WebSocket through. A subscription that broke off is resumed by `after`.
 */
export function registerEventStreamRoute(server: FastifyInstance, options: EventStreamOptions): void {
  const { path, pipeline, services, logger, observations, maskError, checkLoad, admission, bodyLimitBytes, silenceMs } =
    options;
  const open = new Set<AsyncGenerator<string, void, void>>();

  const handle = createHandler<Exchange>({
    // No tokens: a stream is never shared by several operations.
    authenticate: () => null,
    onSubscribe: async ({ raw: { context, response }, method }, request) => {
      const { operation, errors } = pipeline.prepare(request, context);
      if (operation?.kind === OperationTypeNode.MUTATION && method === "GET") {
        return [null, { status: 405, statusText: "", headers: { allow: "POST" } }];
      }
      const result = operation ? await pipeline.run(operation) : { errors };
      // The protocol's handler would pull updates that a slow client has no room for.
      const results = presentResults(pipeline, result, context, () => roomIn(response));
      // Its types ask for errors that are not formatted yet; it only writes them.
      return results as AsyncGenerator<ExecutionResult>;
    },
  });

  // A scope of its own, as for the other GraphQL route.
  server.register(async (scope) => {
    scope.removeContentTypeParser("text/plain");
    const callerOf = admitRequests(scope, services, checkLoad);
    refusePackedBodies(scope);

    scope.setErrorHandler<FastifyError>((error, request, reply) =>
      sendRefusal(reply, refuseBody(error, bodyLimitBytes, request.id, maskError)),
    );

    scope.route({
      method: ["GET", "POST"],
      url: path,
      exposeHeadRoute: false,
      bodyLimit: bodyLimitBytes,
      handler: async (request, reply) => {
        if (!request.headers.accept?.includes(EVENT_STREAM)) {
          return sendRefusal(reply, refuse(406, "NOT_ACCEPTABLE", `Only ${EVENT_STREAM} is served here: accept it.`));
        }
        const { place, refusal } = admission.enter(request.raw);
        if (refusal !== undefined) return sendRefusal(reply, refusal);
        const response = reply.raw;
        response.once("close", () => place.leave());
        const caller = callerOf(request);
        if (!place.claimFor(caller.id)) return sendRefusal(reply, tooManyOfOneClient());

        const [body, { status, headers }] = await handle({
          method: request.method,
          url: request.url,
          headers: {
            get: (name) => (name === "accept" ? EVENT_STREAM : (request.headers[name] as string | undefined)),
          },
          body: request.body as Record<string, unknown> | null,
          raw: { context: { caller, services, requestId: request.id }, response },
          context: undefined,
        });
        if (body === null || typeof body === "string") return sendRefusal(reply, refusalOf(status, body, headers));

        reply.hijack();
        // Whether the connection is kept is the HTTP server's business, which has read what the client wishes.
        const { connection: _, ...streamHeaders } = headers ?? {};
        response.writeHead(status, { ...(reply.getHeaders() as Record<string, string>), ...streamHeaders });
        open.add(body);
        const expiry = endAt(caller.expiresAt, body);
        observations.emit("stream-opened", { transport: "event-stream" });
        try {
          await pourEvents(body, response, silenceMs);
        } catch (error) {
          logger.error({ requestId: request.id, err: error }, "Unexpected error in an event stream");
        } finally {
          clearTimeout(expiry);
          open.delete(body);
          observations.emit("stream-closed", { transport: "event-stream" });
          response.end();
        }
      },
    });
  });

  // Clients see the connection end without `complete`, which says: connect again.
  server.addHook("preClose", async () => {
    await Promise.all([...open].map((body) => body.return()));
  });
}

/** As when the server closes: the client connects again, and asks for a new credential first. */
function endAt(time: number | undefined, body: AsyncGenerator<string, void, void>): NodeJS.Timeout | undefined {
  if (time === undefined) return undefined;
  return setTimeout(() => void body.return().catch(() => {}), time - Date.now());
}

/** What the protocol's handler refuses, in our shape. */
function refusalOf(status: number, body: string | null, headers: Record<string, string> | undefined): Refusal {
  const code = status === 405 ? "METHOD_NOT_ALLOWED" : "BAD_REQUEST";
  const message =
    status === 405 ? "Send mutations by POST." : `The request can't be read: ${messageIn(body) ?? "see the protocol"}.`;
  return refuse(status, code, message, headers?.allow === undefined ? {} : { allow: headers.allow });
}

function messageIn(body: string | null): string | undefined {
  return body === null ? undefined : JSON.parse(body).errors?.[0]?.message;
}
