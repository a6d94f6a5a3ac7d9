import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ExecutionResult, GraphQLError, type GraphQLSchema, subscribe } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import type { Logger } from "pino";
import { WebSocketServer } from "ws";
import type { ApiContext } from "../resolvers/context.js";
import type { Services } from "../services/services.js";
import type { DocumentCache } from "./document-cache.js";
import { loadOperation } from "./load-operation.js";
import type { ErrorMask } from "./mask-errors.js";
import { SocketCallers } from "./socket-callers.js";

export interface WebSocketOptions {
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly logger: Logger;
  readonly documents: DocumentCache;
  readonly maskError: ErrorMask;
  readonly maxMessageBytes: number;
  readonly maxOperationsPerSocket: number;
  readonly connectionInitTimeoutMs: number;
}

export interface WebSocketEndpoint {
  /** Takes over an upgrade request that has been let in. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Tells every client to go away (1001) and resolves when all are gone; those still there after the grace are cut off. */
  close(graceMs: number): Promise<void>;
}

/** Serves all operations over the graphql-transport-ws protocol, under the same rules as HTTP. */
export function createWebSocketEndpoint(options: WebSocketOptions): WebSocketEndpoint {
  const { schema, services, logger, documents, maskError } = options;
  const callers = new SocketCallers(services);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.maxMessageBytes });

  const operations = useServer(
    {
      connectionInitWaitTimeout: options.connectionInitTimeoutMs,
      // Keeps the texts of unexpected errors out of close reasons, whatever NODE_ENV says.
      isProd: true,

      onConnect: ({ extra, connectionParams }) => callers.connect(extra.socket, connectionParams),

      onSubscribe: async ({ subscriptions, extra }, _id, { query, operationName, variables }) => {
        if (Object.keys(subscriptions).length > options.maxOperationsPerSocket) {
          return [tooManyOperations(options.maxOperationsPerSocket)];
        }
        const caller = callers.of(extra.socket);
        try {
          await services.countRequest(caller);
        } catch (error) {
          return [asGraphqlError(error)];
        }
        const { document, errors } = await loadOperation(schema, documents, { query, operationName });
        if (errors !== undefined) return errors;
        const contextValue: ApiContext = { caller, services, requestId: randomUUID() };
        return { schema, document, operationName, variableValues: variables, contextValue };
      },

      // A subscription that cannot be set up ends with an error like any other, not with its whole socket.
      subscribe: async (execution) => {
        try {
          return await subscribe(execution);
        } catch (error) {
          return { errors: [asGraphqlError(error)] };
        }
      },

      onNext: (_connection, _id, _payload, { contextValue }, result) =>
        maskResult(result, maskError, (contextValue as ApiContext).requestId),

      onError: (_connection, _id, _payload, errors) => {
        const requestId = randomUUID();
        return errors.map((error) => maskError(error, requestId));
      },
    },
    sockets,
  );

  // In place of graphql-ws's own listener, which writes to the console what any client can cause, such as a message
  // that is too large, and which a second error would find gone. ws has closed the socket with the right code already.
  sockets.on("connection", (socket) => {
    socket.removeAllListeners("error");
    socket.on("error", (error) => logger.debug({ err: error }, "Socket error"));
  });

  return {
    accept: (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit("connection", webSocket, request));
    },
    close: async (graceMs) => {
      const cutOff = setTimeout(() => {
        for (const client of sockets.clients) client.terminate();
      }, graceMs);
      await operations.dispose();
      clearTimeout(cutOff);
    },
  };
}

function tooManyOperations(limit: number): GraphQLError {
  return new GraphQLError(`A socket runs at most ${limit} operations at once. Complete one, or open another socket.`, {
    extensions: { code: "TOO_MANY_OPERATIONS" },
  });
}

function asGraphqlError(error: unknown): GraphQLError {
  const originalError = error instanceof Error ? error : new Error(String(error));
  return error instanceof GraphQLError ? error : new GraphQLError(originalError.message, { originalError });
}

function maskResult(result: ExecutionResult, maskError: ErrorMask, requestId: string) {
  if (result.errors === undefined) return undefined;
  return { ...result, errors: result.errors.map((error) => maskError(error, requestId)) };
}
