import type { FastifyError, FastifyInstance, FastifyPluginAsync } from "fastify";
import Fastify from "fastify";
import type { Logger } from "pino";
import { type Activity, trackWritingRequests } from "./activity.js";
import { allowOtherPages } from "./cross-origin-files.js";
import { historyRoute } from "./history-route.js";
import { toJson } from "./lossless-body.js";
import type { QueueRouteOptions } from "./queue-routes.js";
import { queueRoutes } from "./queue-routes.js";
import { storageRoutes } from "./storage-routes.js";
import { streamRoute } from "./stream-route.js";
import { trackUnusedConnections } from "./unused-connections.js";
import { jwksRoute } from "./webhooks/jwks-route.js";
import type { WebhookKeys } from "./webhooks/webhook-keys.js";

/** A data URI of some 10 MB and the rest of an input. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** The longest honest request is an upload of 90 MB over a slow line. */
const REQUEST_TIMEOUT_MS = 10 * 60 * 1000;
const MAX_CONNECTIONS = 2_000;
/** `/owner/app` and what follows, as fal's queue names applications. */
const APPLICATION_PATH = /^\/[\w.-]+\/([\w.-]+(?:\/[\w.-]+)*)\/?$/;

/** The whole of the engine's HTTP: queue, stream, storage, history and files. Nothing of a request is logged. */
export function buildHttpServer(
  options: QueueRouteOptions & {
    webhookKeys: WebhookKeys;
    fileRoutes: FastifyPluginAsync;
    /** Adds hooks to the routes, and routes of its own. */
    extendRoutes?: ((routes: FastifyInstance) => void) | undefined;
    activity: Activity;
    logger: Logger;
  },
): FastifyInstance {
  const { fileRoutes, extendRoutes, activity, logger, ...routeOptions } = options;
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // fal's own command line asks with a trailing slash.
    routerOptions: { ignoreTrailingSlash: true },
    exposeHeadRoutes: false,
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  const closeUnusedConnections = trackUnusedConnections(app.server);
  app.addHook("preClose", async () => closeUnusedConnections());
  // Bodies stay text: each route parses its own, and a request keeps the body exactly as it came. Other content types
  // are refused with 415, so a web page can't submit without asking first (CORS).
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => done(null, body));
  app.setReplySerializer((payload) => toJson(payload));
  app.setNotFoundHandler((request, reply) => {
    const [path = ""] = request.url.split("?");
    const application = request.method === "POST" ? APPLICATION_PATH.exec(path)?.[1] : undefined;
    const detail = application === undefined ? "Not Found" : `Application "${application}" not found`;
    return reply.code(404).send({ detail });
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { statusCode } = error;
    if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
      return reply.code(statusCode).send({ detail: error.message });
    }
    // The route's pattern, not the URL: an upload URL carries its signature.
    logger.error({ error, route: request.routeOptions.url }, "request failed");
    return reply
      .code(500)
      .header("x-fal-error-type", "internal_error")
      .send({ detail: "Internal error", error_type: "internal_error" });
  });
  app.register(async (routes) => {
    trackWritingRequests(routes, activity);
    extendRoutes?.(routes);
    routes.register(queueRoutes, routeOptions);
    routes.register(streamRoute, routeOptions);
    routes.register(historyRoute, routeOptions);
    routes.register(storageRoutes, routeOptions);
    routes.register(jwksRoute, routeOptions);
  });
  app.register(async (routes) => {
    allowOtherPages(routes);
    routes.register(fileRoutes);
  });
  return app;
}
