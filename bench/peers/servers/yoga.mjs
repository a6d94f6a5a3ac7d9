// @ts-check
// With graphql-ws for subscriptions, as Yoga's documentation has it.
import { createServer } from "node:http";
import { useServer } from "graphql-ws/use/ws";
import { createYoga } from "graphql-yoga";
import { WebSocketServer } from "ws";
import { createContext, schema, tellPort } from "../api.mjs";

const yoga = createYoga({ schema: /** @type {any} */ (schema), context: () => createContext(), logging: false });
const server = createServer(yoga);
useServer(
  {
    execute: (/** @type {any} */ operation) => operation.rootValue.execute(operation),
    subscribe: (/** @type {any} */ operation) => operation.rootValue.subscribe(operation),
    onSubscribe: async (context, _id, payload) => {
      const { request, socket } = /** @type {any} */ (context.extra);
      const enveloped = yoga.getEnveloped({ ...context, req: request, socket, params: payload });
      const operation = {
        schema: enveloped.schema,
        operationName: payload.operationName,
        document: enveloped.parse(payload.query),
        variableValues: payload.variables,
        contextValue: await enveloped.contextFactory(),
        rootValue: { execute: enveloped.execute, subscribe: enveloped.subscribe },
      };
      const errors = enveloped.validate(operation.schema, operation.document);
      return errors.length > 0 ? errors : /** @type {any} */ (operation);
    },
  },
  new WebSocketServer({ server, path: "/graphql" }),
);
server.listen(0, "127.0.0.1", () => tellPort(/** @type {import("node:net").AddressInfo} */ (server.address()).port));
