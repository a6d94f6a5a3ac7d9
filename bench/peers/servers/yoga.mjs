// @ts-check
import { createServer } from "node:http";
import { createYoga } from "graphql-yoga";
import { createContext, schema, tellPort } from "../api.mjs";

const server = createServer(
  createYoga({ schema: /** @type {any} */ (schema), context: () => createContext(), logging: false }),
);
server.listen(0, "127.0.0.1", () => tellPort(/** @type {import("node:net").AddressInfo} */ (server.address()).port));
