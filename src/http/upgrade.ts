import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Admission } from "./admission.js";
import type { OverloadCheck } from "./overload.js";
import { refuse, refuseConnection } from "./refusal.js";
import type { WebSocketEndpoint } from "./websocket.js";

export interface UpgradeOptions {
  readonly path: string;
  readonly admission: Admission;
  readonly endpoint: WebSocketEndpoint;
  readonly checkLoad: OverloadCheck;
  /** How long clients have to leave when the server closes. */
  readonly closeGraceMs: number;
}

/** Hands WebSocket requests for the path to the endpoint and refuses all others. */
export function registerUpgrade(server: FastifyInstance, options: UpgradeOptions): void {
  const { path, admission, endpoint, checkLoad, closeGraceMs } = options;
  let isClosing = false;

  server.server.on("upgrade", (request: IncomingMessage, stream: Socket, head: Buffer) => {
    if (isClosing) return refuseConnection(stream, refuse(503, "SERVICE_UNAVAILABLE", "The server is stopping."));
    if (pathOf(request.url) !== path) {
      return refuseConnection(stream, refuse(404, "NOT_FOUND", `WebSocket is served at ${path}.`));
    }
    const overload = checkLoad();
    if (overload !== null) {
      const { code, message, retryAfterSeconds } = overload;
      return refuseConnection(stream, refuse(503, code, message, { "retry-after": String(retryAfterSeconds) }));
    }
    const { place, refusal } = admission.enter(request);
    if (refusal !== undefined) return refuseConnection(stream, refusal);
    endpoint.accept(request, stream, head, place);
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
