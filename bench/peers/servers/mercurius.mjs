// @ts-check
// The last argument says whether hot queries are compiled.
import { fastify } from "fastify";
import mercurius from "mercurius";
import { createContext, schema, tellPort } from "../api.mjs";

const server = fastify();
await server.register(mercurius.default ?? mercurius, {
  schema: /** @type {any} */ (schema),
  context: () => createContext(),
  subscription: { context: () => createContext() },
  ...(process.argv.at(-1) === "jit" ? { jit: 1 } : {}),
});
await server.listen({ port: 0, host: "127.0.0.1" });
tellPort(server.server.address().port);
