import helmet from "@fastify/helmet";
import type { FastifyInstance } from "fastify";

/** Where fal keeps uploads and results: pages of this server send and play audio there. */
const FAL_STORAGE = ["https://fal.media", "https://*.fal.media", "https://storage.googleapis.com"];

/**
 * Headers that hold browsers to what pages of this server need: their own scripts and styles, GraphQL over HTTP, SSE
 * and WebSocket, audio from here or fal's storage, and workers they make themselves. Nothing inline, nothing framed.
 */
export async function registerSecurityHeaders(server: FastifyInstance): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "manifest-src": ["'self'"],
        // Not all browsers take 'self' to include WebSockets of the same host.
        "connect-src": ["'self'", "ws:", "wss:", "blob:", "data:", ...FAL_STORAGE],
        "media-src": ["'self'", "blob:", "data:", ...FAL_STORAGE],
        "worker-src": ["'self'", "blob:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
      },
    },
    // What lies on other names of the operator's domain is none of this server's business.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
    referrerPolicy: { policy: "no-referrer" },
    xFrameOptions: { action: "deny" },
  });
}
