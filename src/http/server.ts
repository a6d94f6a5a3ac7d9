import { randomUUID } from "node:crypto";
import { type FastifyError, type FastifyInstance, fastify } from "fastify";
import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import type { Services } from "../services/services.js";
import { createApollo } from "./apollo.js";
import { registerCrossOrigin } from "./cross-origin.js";
import { DocumentCache } from "./document-cache.js";
import { registerGraphqlRoute } from "./graphql-route.js";
import { createErrorMask } from "./mask-errors.js";
import { createOriginPolicy } from "./origin-policy.js";
import { type PageOptions, registerPages } from "./pages.js";
import { refuse, refuseFailure } from "./refusal.js";
import { registerResultRoute } from "./result-route.js";
import { registerStatusRoutes } from "./status-routes.js";
import { registerUpgrade } from "./upgrade.js";
import { registerWebhookRoutes } from "./webhook-routes.js";
import { createWebSocketEndpoint } from "./websocket.js";

const GRAPHQL_PATH = "/graphql";

export interface HttpServerOptions {
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly logger: Logger;
  /** Pages for people. Default: none. */
  readonly pages?: PageOptions;
  /** Browser origins that may use the API besides the server's own pages. Default: none. */
  readonly corsOrigins?: readonly string[];
  /** Largest GraphQL request body and WebSocket message. Default: 16 MiB, so that a data: URI of 10 MB of audio passes. */
  readonly bodyLimitBytes?: number;
  /** Operations that may run on one WebSocket at a time. Default: 100. */
  readonly maxOperationsPerSocket?: number;
  /** How long a new WebSocket may take to introduce itself. Default: 10 s. */
  readonly connectionInitTimeoutMs?: number;
  /** How long a client may take to send a whole request. Default: 5 min, for uploads over slow lines. */
  readonly requestTimeoutMs?: number;
  /** How long clients have to leave when the server closes, before they are cut off. Default: 2 s. */
  readonly closeGraceMs?: number;
}

/**
 * The server with its GraphQL, WebSocket and status routes, not listening yet: more routes may be registered first.
 * `close()` stops accepting, sends WebSocket clients away (1001), lets requests in progress finish, and cuts off
 * whoever is still connected after the grace.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { schema, services, logger } = options;
  const bodyLimitBytes = options.bodyLimitBytes ?? 16 * 1024 * 1024;
  const closeGraceMs = options.closeGraceMs ?? 2_000;
  const maskError = createErrorMask(logger);
  const documents = new DocumentCache();
  const origins = createOriginPolicy(options.corsOrigins ?? []);

  const server = fastify({
    genReqId: () => randomUUID(),
    requestTimeout: options.requestTimeoutMs ?? 300_000,
  });
  registerCrossOrigin(server, origins);
  server.setErrorHandler<FastifyError>((error, request, reply) => {
    const refusal = refuseFailure(error, request.id, maskError);
    return reply.code(refusal.status).send(refusal.body);
  });
  server.setNotFoundHandler((_request, reply) => {
    const refusal = refuse(404, "NOT_FOUND", `There is nothing here. The API is served at ${GRAPHQL_PATH}.`);
    return reply.code(refusal.status).send(refusal.body);
  });
  registerStatusRoutes(server, { schema, services, logger });
  registerResultRoute(server, services);
  registerWebhookRoutes(server, { services, maskError });
  if (options.pages) registerPages(server, options.pages);

  const apollo = createApollo({ schema, documents, maskError, logger, createRequestId: randomUUID });
  await apollo.start();
  registerGraphqlRoute(server, { path: GRAPHQL_PATH, apollo, services, maskError, bodyLimitBytes });

  const endpoint = createWebSocketEndpoint({
    schema,
    services,
    logger,
    documents,
    maskError,
    maxMessageBytes: bodyLimitBytes,
    maxOperationsPerSocket: options.maxOperationsPerSocket ?? 100,
    connectionInitTimeoutMs: options.connectionInitTimeoutMs ?? 10_000,
  });
  registerUpgrade(server, { path: GRAPHQL_PATH, origins, endpoint, closeGraceMs });
  boundClosing(server, closeGraceMs);
  // Runs when the HTTP server has closed, so that no request meets a stopped Apollo.
  server.addHook("onClose", async () => apollo.stop());
  return server;
}

/** Closing waits for requests in progress, but not for ever. */
function boundClosing(server: FastifyInstance, graceMs: number): void {
  let cutOff: NodeJS.Timeout | undefined;
  server.addHook("preClose", async () => {
    cutOff = setTimeout(() => server.server.closeAllConnections(), graceMs);
  });
  server.addHook("onClose", async () => clearTimeout(cutOff));
}
