import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Tracks connections that have not carried a request yet. Clients open such spares, and Node's `closeIdleConnections`
 * does not count them as idle, so that a closing server would wait for them.
 * @returns a function that closes them.
 */
export function trackUnusedConnections(server: Server): () => void {
  const unused = new Set<Socket>();
  server.on("connection", (socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.on("request", ({ socket }) => unused.delete(socket));
  return () => {
    for (const socket of unused) socket.destroy();
  };
}
