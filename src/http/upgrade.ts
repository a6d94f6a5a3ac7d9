import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { OriginPolicy } from "./origin-policy.js";
import type { WebSocketEndpoint } from "./websocket.js";

export interface UpgradeOptions {
  readonly path: string;
  readonly origins: OriginPolicy;
  readonly endpoint: WebSocketEndpoint;
  /** How long clients have to leave when the server closes. */
  readonly closeGraceMs: number;
}

/** Hands WebSocket requests for the path to the endpoint and refuses all others: wrong path 404, foreign page 403. */
export function registerUpgrade(server: FastifyInstance, options: UpgradeOptions): void {
  const { path, origins, endpoint, closeGraceMs } = options;
  let isClosing = false;

  server.server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isClosing) return refuseUpgrade(socket, 503);
    if (pathOf(request.url) !== path) return refuseUpgrade(socket, 404);
    // Browsers apply no CORS to WebSocket: any page could use a visitor's access to this server.
    if (!origins.mayConnect(request.headers.origin, request.headers.host)) return refuseUpgrade(socket, 403);
    endpoint.accept(request, socket, head);
  });

  // Before the HTTP server closes, because it waits for every open connection, sockets included.
  server.addHook("preClose", async () => {
    isClosing = true;
    await endpoint.close(closeGraceMs);
  });
}

function pathOf(url: string | undefined): string {
  return url?.split("?", 1)[0] ?? "";
}

function refuseUpgrade(socket: Duplex, status: number): void {
  // The client may be gone already; nothing is left to tell it.
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
}
