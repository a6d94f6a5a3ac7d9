import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { GraphQLError } from "graphql";
import { CloseCode, type Context, handleProtocols, type Message, MessageType, makeServer } from "graphql-ws";
import type { Logger } from "pino";
import { type WebSocket, WebSocketServer } from "ws";
import type { Observations } from "../observations.js";
import type { Caller } from "../services/job.js";
import type { Services } from "../services/services.js";
import type { ErrorMask } from "./mask-errors.js";
import type { StreamPlace } from "./open-streams.js";
import type { OverloadCheck } from "./overload.js";
import { asGraphqlError, type Pipeline, type ReadyOperation } from "./pipeline.js";
import { letIn } from "./socket-caller.js";
import { SocketConnection, TRY_AGAIN_LATER } from "./socket-connection.js";
import type { SocketLimits, SocketTimeouts } from "./socket-limits.js";
import { SpareTurns } from "./spare-turns.js";

export interface WebSocketOptions {
  readonly pipeline: Pipeline;
  readonly services: Services;
  readonly logger: Logger;
  readonly observations: Observations;
  readonly maskError: ErrorMask;
  readonly checkLoad: OverloadCheck;
  readonly limits: SocketLimits & SocketTimeouts;
}

export interface WebSocketEndpoint {
  /** Takes over an upgrade request that has been let in, and gives its place free when the socket is gone. */
  accept(request: IncomingMessage, stream: Socket, head: Buffer, place: StreamPlace): void;
  /** Tells every client to go away (1001) and resolves when all are gone; those still there after the grace are cut off. */
  close(graceMs: number): Promise<void>;
}

/** What belongs to one socket. */
interface SocketState {
  readonly connection: SocketConnection;
  readonly place: StreamPlace;
  /** Set once the client has introduced itself. */
  caller?: Caller;
  /** Operations that run, by the client's ids. */
  operations: Readonly<Record<string, unknown>>;
}

const NORMAL_CLOSURE = 1000;
const GOING_AWAY = 1001;

/** Serves all operations over the graphql-transport-ws protocol, through the pipeline. */
export function createWebSocketEndpoint(options: WebSocketOptions): WebSocketEndpoint {
  const { pipeline, services, logger, observations, maskError, checkLoad, limits } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.maxMessageBytes,
    // Of many messages that arrive at once, one a turn is read: in between it is the other sockets' turn.
    allowSynchronousEvents: false,
    handleProtocols,
  });

  const turns = new SpareTurns();
  let isClosing = false;

  const protocol = makeServer<Record<string, unknown>, SocketState>({
    connectionInitWaitTimeout: limits.connectionInitMs,

    onConnect: async (context) => {
      const { connection, place } = context.extra;
      context.extra.operations = context.subscriptions;
      const caller = await letIn(connection, services, context.connectionParams);
      if (caller === null) return false;
      if (!place.claimFor(caller.id)) {
        connection.close(TRY_AGAIN_LATER, "You have as many sockets and event streams as one caller may.");
        return false;
      }
      context.extra.caller = caller;
      return true;
    },

    onSubscribe: async (context, _id, request) => {
      context.extra.connection.noteOperation();
      if (Object.keys(context.subscriptions).length > limits.maxOperations) {
        return [tooManyOperations(limits.maxOperations)];
      }
      const caller = callerOf(context);
      const overload = checkLoad();
      if (overload !== null) return [asGraphqlError(overload)];
      try {
        await services.countRequest(caller);
      } catch (error) {
        return [asGraphqlError(error)];
      }
      const { operation, errors } = pipeline.prepare(request, { caller, services, requestId: randomUUID() });
      return operation ?? errors;
    },

    execute: (operation) => pipeline.run(operation as ReadyOperation),
    subscribe: (operation) => pipeline.run(operation as ReadyOperation),

    onNext: (_context, _id, _payload, operation, result) =>
      pipeline.present(result, (operation as ReadyOperation).contextValue),

    onError: (_context, _id, _payload, errors) => {
      const requestId = randomUUID();
      return errors.map((error) => maskError(error, requestId));
    },
  });
  function serve(socket: WebSocket, stream: Socket, place: StreamPlace): void {
    const countOperations = () => Object.keys(state.operations).length;
    const connection = new SocketConnection(socket, stream, limits, logger, turns, countOperations);
    const state: SocketState = { connection, place, operations: {} };
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => connection.send(text),
        close: (code = NORMAL_CLOSURE, reason = "") => connection.close(code, reason),
        onMessage: (handle) =>
          connection.onMessage(async (text) => {
            try {
              await handle(text);
            } catch (error) {
              if (!isServersOwn(text)) throw error;
              connection.close(CloseCode.BadRequest, "Invalid message received");
            }
          }),
      },
      state,
    );
    observations.emit("stream-opened", { transport: "websocket" });
    socket.once("close", (code, reason) => {
      observations.emit("stream-closed", { transport: "websocket" });
      closed(code, String(reason)).catch((error: unknown) => {
        logger.error({ err: error }, "Unexpected error at a socket's end");
      });
    });
  }

  return {
    accept: (request, stream, head, place) => {
      stream.once("close", place.leave);
      // It may break before its turn has come.
      stream.on("error", () => stream.destroy());
      turns.enter(() => {
        if (isClosing) stream.destroy();
        else sockets.handleUpgrade(request, stream, head, (socket) => serve(socket, stream, place));
      });
    },
    close: async (graceMs) => {
      isClosing = true;
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

/** A message of the protocol that only a server may send, which its library takes for a fault of ours. */
function isServersOwn(text: string): boolean {
  const { type } = JSON.parse(text) as Message;
  return type === MessageType.ConnectionAck || type === MessageType.Next || type === MessageType.Error;
}

function callerOf({ extra }: Context<Record<string, unknown>, SocketState>): Caller {
  if (extra.caller === undefined) throw new Error("An operation came before its socket's introduction.");
  return extra.caller;
}

function tooManyOperations(limit: number): GraphQLError {
  return new GraphQLError(`A socket runs at most ${limit} operations at once. Complete one, or open another socket.`, {
    extensions: { code: "TOO_MANY_OPERATIONS" },
  });
}
