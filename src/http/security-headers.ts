import type { FastifyInstance } from "fastify";

/** Where fal keeps uploads and results: pages of this server send and play audio there. */
const FAL_STORAGE = "https://fal.media https://*.fal.media https://storage.googleapis.com";

/**
 * What holds browsers to what pages of this server need: their own scripts and styles, GraphQL over HTTP, SSE and
 * WebSocket, audio from here or fal's storage, and workers they make themselves. Nothing inline, nothing framed. The rest
 * is what the OWASP Secure Headers Project recommends.
 */
const HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    // Not all browsers take 'self' to include WebSockets of the same host.
    `connect-src 'self' ws: wss: blob: data: ${FAL_STORAGE}`,
    `media-src 'self' blob: data: ${FAL_STORAGE}`,
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join(";"),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "referrer-policy": "no-referrer",
  // What lies on other names of the operator's domain is none of this server's business.
  "strict-transport-security": "max-age=31536000",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-download-options": "noopen",
  "x-frame-options": "DENY",
  "x-permitted-cross-domain-policies": "none",
  "x-xss-protection": "0",
};

/** Sent with every answer. */
export function registerSecurityHeaders(server: FastifyInstance): void {
  server.addHook("onRequest", (_request, reply, done) => {
    reply.headers(HEADERS);
    done();
  });
}
