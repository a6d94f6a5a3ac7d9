// @ts-check
// As Apollo's documentation has it: an HTTP server of its own, and graphql-ws for subscriptions. Its standalone server can't
// have both on one port, so Apollo's answers go through Node's own HTTP server with the same calls.
import { createServer } from "node:http";
import { ApolloServer, HeaderMap } from "@apollo/server";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import { createContext, schema, tellPort } from "../api.mjs";

const apollo = new ApolloServer({ schema, introspection: false });
await apollo.start();

const server = createServer(async (request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, String(value));
  const answer = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method ?? "POST",
      headers,
      search: "",
      body: JSON.parse(Buffer.concat(chunks).toString()),
    },
    context: async () => createContext(),
  });
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  response.statusCode = answer.status ?? 200;
  response.end(answer.body.kind === "complete" ? answer.body.string : undefined);
});
useServer({ schema, context: () => createContext() }, new WebSocketServer({ server, path: "/graphql" }));
server.listen(0, "127.0.0.1", () => tellPort(/** @type {import("node:net").AddressInfo} */ (server.address()).port));
