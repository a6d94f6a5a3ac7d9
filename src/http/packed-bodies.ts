import type { FastifyInstance } from "fastify";
import { refuse, sendRefusal } from "./refusal.js";

/**
 * Refuses the scope's requests whose bodies are compressed (RFC 7694): the limit on bodies is one on what is sent, and
 * unpacked they could be a thousand times as large.
 */
export function refusePackedBodies(scope: FastifyInstance): void {
  scope.addHook("onRequest", ({ headers }, reply, done) => {
    if ((headers["content-encoding"] ?? "identity") === "identity") return done();
    const message = "Send the body as it is, without a content-encoding.";
    sendRefusal(reply, refuse(415, "UNSUPPORTED_MEDIA_TYPE", message, { "accept-encoding": "identity" }));
  });
}
