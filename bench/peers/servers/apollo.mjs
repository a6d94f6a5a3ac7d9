// @ts-check
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { createContext, schema, tellPort } from "../api.mjs";

const server = new ApolloServer({ schema, introspection: false });
const { url } = await startStandaloneServer(server, {
  listen: { port: 0, host: "127.0.0.1", path: "/graphql" },
  context: async () => createContext(),
});
tellPort(Number(new URL(url).port));
