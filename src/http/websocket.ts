import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { CloseCode, handleProtocols } from "graphql-ws";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import type { Observations } from "../observations.js";
import type { StreamPlace } from "./open-streams.js";
import { SocketConnection } from "./socket-connection.js";
import type { SocketLimits, SocketTimeouts } from "./socket-limits.js";
import { type SessionOptions, SocketSession } from "./socket-session.js";
import { SpareTurns } from "./spare-turns.js";

export interface WebSocketOptions extends Omit<SessionOptions, keyof SocketLimits | keyof SocketTimeouts> {
  readonly logger: Logger;
  readonly observations: Observations;
  readonly limits: SocketLimits & SocketTimeouts;
}

export interface WebSocketEndpoint {
  /** Takes over an upgrade request that has been let in, and gives its place free when the socket is gone. */
  accept(request: IncomingMessage, stream: Socket, head: Buffer, place: StreamPlace): void;
  /** Tells every client to go away (1001) and resolves when all are gone; those still there after the grace are cut off. */
  close(graceMs: number): Promise<void>;
}

const GOING_AWAY = 1001;
/** What looking after so many sockets takes is less than a millisecond; then it is others' turn. */
const BEATS_PER_TURN = 100;

/** Serves all operations over the graphql-transport-ws protocol, through the pipeline. */
export function createWebSocketEndpoint(options: WebSocketOptions): WebSocketEndpoint {
  const { logger, observations, limits } = options;
  const session: SessionOptions = { ...options, ...limits };
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxMessageBytes,
    // Of many messages that arrive at once, one a turn is read: in between it is the other sockets' turn.
    allowSynchronousEvents: false,
    handleProtocols,
  });

  const turns = new SpareTurns();
  const connections = new Set<SocketConnection>();
  const heartbeat = setInterval(() => beatInTurns([...connections]), limits.silenceMs / 2);
  heartbeat.unref();
  let isClosing = false;

  function serve(socket: WebSocket, stream: Socket, place: StreamPlace): void {
    const connection = new SocketConnection(socket, stream, limits, logger, turns);
    connections.add(connection);
    observations.emit("stream-opened", { transport: "websocket" });
    connection.serve(new SocketSession(connection, place, session));
    socket.on("close", () => {
      connections.delete(connection);
      observations.emit("stream-closed", { transport: "websocket" });
    });
    if (socket.protocol === "") connection.close(CloseCode.SubprotocolNotAcceptable, "Subprotocol not acceptable");
  }

  return {
    accept: (request, stream, head, place) => {
      leaveAtEnd(stream, place);
      turns.enter(() => {
        if (isClosing) stream.destroy();
        else sockets.handleUpgrade(request, stream, head, (socket) => serve(socket, stream, place));
      });
    },
    close: async (graceMs) => {
      isClosing = true;
      clearInterval(heartbeat);
      const cutOff = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, graceMs);
      const gone = [...sockets.clients].map((client) => once(client, "close"));
      for (const client of sockets.clients) client.close(GOING_AWAY, "Going away");
      await Promise.all(gone);
      clearTimeout(cutOff);
    },
  };
}

/** Apart from where the request is at hand, which the listeners would hold for as long as the socket lasts. */
function leaveAtEnd(stream: Socket, place: StreamPlace): void {
  stream.on("close", () => place.leave());
  // It may break before its turn has come.
  stream.on("error", () => stream.destroy());
}

function beatInTurns(connections: readonly SocketConnection[], from = 0): void {
  const next = from + BEATS_PER_TURN;
  for (const connection of connections.slice(from, next)) connection.beat();
  if (next < connections.length) setImmediate(() => beatInTurns(connections, next));
}
