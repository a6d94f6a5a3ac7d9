import { type FastifyError, type FastifyInstance, fastify } from "fastify";
import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import { createHostPolicy } from "../inbound/host-policy.js";
import { Observations } from "../observations.js";
import type { Services } from "../services/services.js";
import { createAdmission, foreignHost } from "./admission.js";
import { createApollo } from "./apollo.js";
import { createProxyTrust } from "./client-address.js";
import { registerCrossOrigin } from "./cross-origin.js";
import type { DocumentLimits } from "./document-limits.js";
import { registerEventStreamRoute } from "./event-stream-route.js";
import { registerGraphqlRoute } from "./graphql-route.js";
import type { Introspection } from "./introspection.js";
import { createErrorMask } from "./mask-errors.js";
import { type MetricsOptions, registerMetricsRoute } from "./metrics-route.js";
import { OpenStreams, type StreamBounds } from "./open-streams.js";
import { createOriginPolicy } from "./origin-policy.js";
import { createOverloadCheck, type OverloadOptions } from "./overload.js";
import { type PageOptions, registerPages } from "./pages.js";
import { createPipeline } from "./pipeline.js";
import { refuseFailure, refuseMalformed, sendRefusal } from "./refusal.js";
import { createRequestId } from "./request-id.js";
import { registerResultRoute } from "./result-route.js";
import { registerSecurityHeaders } from "./security-headers.js";
import { SOCKET_TIMEOUTS, type SocketLimits, type SocketTimeouts } from "./socket-limits.js";
import { registerStatusRoutes } from "./status-routes.js";
import { registerUnknownRoutes } from "./unknown-routes.js";
import { registerUpgrade } from "./upgrade.js";
import { registerWebhookRoutes } from "./webhook-routes.js";
import { createWebSocketEndpoint } from "./websocket.js";

const GRAPHQL_PATH = "/graphql";
const EVENT_STREAM_PATH = "/graphql/stream";

export interface HttpServerOptions {
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly logger: Logger;
  /** Told what happens, for metrics. Default: nobody listens. */
  readonly observations?: Observations;
  /** Serves metrics to those who may read them. Default: nobody. */
  readonly metrics?: MetricsOptions;
  /** Pages for people. Default: none. */
  readonly pages?: PageOptions;
  /** Where the server is going to listen, and how clients reach it: which host names are its own follows from both. */
  readonly host: string;
  readonly publicUrl: string | null;
  /** Browser origins that may use the API besides the server's own pages. */
  readonly corsOrigins: readonly string[];
  /** Addresses and ranges of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly introspection: Introspection;
  /** Largest GraphQL request body. */
  readonly bodyLimitBytes: number;
  readonly documentLimits: DocumentLimits;
  readonly socketLimits: SocketLimits;
  readonly streamBounds: StreamBounds;
  /** After how many uses a query is compiled; null: never. Default: see createExecute. */
  readonly compileAfterUses?: number | null;
  /** When new work is refused. Default: never. */
  readonly overload?: OverloadOptions;
  /** Fires when the server is going to close: until then it answers, but wants no more to come. Default: never. */
  readonly draining?: AbortSignal;
  readonly socketTimeouts?: Partial<SocketTimeouts>;
  readonly httpTimeouts?: Partial<HttpTimeouts>;
  /** How long clients have to leave when the server closes, before they are cut off. Default: 2 s. */
  readonly closeGraceMs?: number;
}

interface HttpTimeouts {
  /** For the headers of a request. */
  readonly headersMs: number;
  /** For a whole request: uploads take long over slow lines. */
  readonly requestMs: number;
  /** For anything at all to happen on a connection. */
  readonly silenceMs: number;
}

const HTTP_TIMEOUTS: HttpTimeouts = { headersMs: 10_000, requestMs: 300_000, silenceMs: 60_000 };
/** Connections for plain requests, besides those that stay open. */
const PLAIN_CONNECTIONS = 1_000;

/**
 * The server with its GraphQL, WebSocket, event-stream and status routes, not listening yet: more routes may be
 * registered first. `close()` stops accepting, sends WebSocket clients away (1001), ends event streams, lets requests in
 * progress finish, and cuts off whoever is still connected after the grace.
 */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { schema, services, logger, bodyLimitBytes, introspection, observations = new Observations() } = options;
  const closeGraceMs = options.closeGraceMs ?? 2_000;
  const maskError = createErrorMask(logger);
  const origins = createOriginPolicy(options.corsOrigins);
  const isOwnHost = createHostPolicy(options.host, options.publicUrl);
  const trustsProxy = createProxyTrust(options.trustedProxies);
  const streams = new OpenStreams(options.streamBounds);
  const checkLoad = createOverloadCheck(options.overload, observations);
  const admission = createAdmission({ isOwnHost, origins, streams, trustsProxy });
  const limits = { ...options.socketLimits, ...SOCKET_TIMEOUTS, ...options.socketTimeouts };
  const timeouts = { ...HTTP_TIMEOUTS, ...options.httpTimeouts };

  const server = fastify({
    genReqId: createRequestId,
    trustProxy: trustsProxy,
    http: { headersTimeout: timeouts.headersMs, connectionsCheckingInterval: timeouts.headersMs / 2 },
    requestTimeout: timeouts.requestMs,
    connectionTimeout: timeouts.silenceMs,
    // Bad URLs never reach a route and its error handler.
    frameworkErrors: (error, request, reply) => sendRefusal(reply, refuseFailure(error, request.id, maskError)),
    clientErrorHandler: refuseMalformed,
  });
  server.server.maxConnections = options.streamBounds.maxStreams + PLAIN_CONNECTIONS;
  server.addHook("onRequest", (request, reply, done) => {
    if (isOwnHost(request.headers.host)) done();
    else sendRefusal(reply, foreignHost());
  });
  registerSecurityHeaders(server);
  registerCrossOrigin(server, origins);
  server.setErrorHandler<FastifyError>((error, request, reply) =>
    sendRefusal(reply, refuseFailure(error, request.id, maskError)),
  );
  registerUnknownRoutes(server);
  const draining = options.draining ?? new AbortController().signal;
  server.addHook("onSend", (_request, reply, _payload, done) => {
    // A connection that is kept may be closed under the client's next request.
    if (draining.aborted) reply.header("connection", "close");
    done();
  });
  registerStatusRoutes(server, { schema, services, logger, introspection, draining });
  if (options.metrics) registerMetricsRoute(server, options.metrics);
  registerResultRoute(server, services);
  registerWebhookRoutes(server, { services, maskError });
  if (options.pages) registerPages(server, options.pages);

  const pipeline = createPipeline({
    schema,
    limits: options.documentLimits,
    introspection,
    maskError,
    logger,
    observations,
    compileAfterUses: options.compileAfterUses,
  });
  const apollo = createApollo({ schema, pipeline, maskError, logger, createRequestId });
  await apollo.start();
  registerGraphqlRoute(server, {
    path: GRAPHQL_PATH,
    pipeline,
    apollo,
    services,
    maskError,
    checkLoad,
    bodyLimitBytes,
  });
  registerEventStreamRoute(server, {
    path: EVENT_STREAM_PATH,
    pipeline,
    services,
    logger,
    maskError,
    checkLoad,
    observations,
    admission,
    bodyLimitBytes,
    silenceMs: limits.silenceMs,
  });

  const endpoint = createWebSocketEndpoint({ pipeline, services, logger, observations, maskError, checkLoad, limits });
  registerUpgrade(server, { path: GRAPHQL_PATH, admission, endpoint, checkLoad, closeGraceMs });
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
