import type { FastifyInstance } from "fastify";

/** How long a browser may remember that it may send a file, in seconds. */
const PREFLIGHT_SECONDS = "600";

/**
 * Lets web pages of any origin send and fetch files, as fal's storage does: who has a signed URL, or a file's unguessable
 * one, needs no other right. No credentials go along, and no other route says so.
 */
export function allowOtherPages(fileRoutes: FastifyInstance): void {
  fileRoutes.addHook("onRequest", async (_request, reply) => {
    reply.header("access-control-allow-origin", "*");
  });
  fileRoutes.options("/uploads/*", async (_request, reply) =>
    reply
      .code(204)
      .header("access-control-allow-methods", "PUT, POST")
      .header("access-control-allow-headers", "content-type")
      .header("access-control-max-age", PREFLIGHT_SECONDS)
      .send(),
  );
}
