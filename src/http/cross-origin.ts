import type { FastifyInstance } from "fastify";
import type { OriginPolicy } from "./origin-policy.js";

/** How long a browser may remember a preflight's answer, in seconds: long enough for a visit. */
const PREFLIGHT_SECONDS = "600";

/** Tells browsers that pages of listed origins may read answers, on every route. Others get no such word. */
export function registerCrossOrigin(server: FastifyInstance, origins: OriginPolicy): void {
  server.addHook("onRequest", (request, reply, done) => {
    const { origin } = request.headers;
    if (origin === undefined) return done();
    // The answer depends on the origin, so a shared cache must not give it to another.
    reply.header("vary", "origin");
    if (!origins.isListed(origin)) return done();
    reply.header("access-control-allow-origin", origin);
    if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) return done();
    reply
      .code(204)
      .header("access-control-allow-methods", "GET, HEAD, POST, PUT")
      .header("access-control-allow-headers", request.headers["access-control-request-headers"] ?? "content-type")
      .header("access-control-max-age", PREFLIGHT_SECONDS)
      .send();
  });
}
