// @ts-check
// fal's own proxy on Express, as its documentation has it, with the upstream in fal's place.
import express from "express";

const [upstreamUrl = ""] = process.argv.slice(2);
const fetchAnywhere = globalThis.fetch;
globalThis.fetch = (input, init) =>
  fetchAnywhere(String(input).replace(/^https:\/\/queue\.fal\.run/, upstreamUrl), init);
process.env.FAL_KEY = "any:key";
// It reads the key when it is loaded.
const { createHandler } = await import("@fal-ai/server-proxy/express");

const app = express();
app.use(express.json());
app.all(
  "/api/fal/proxy",
  createHandler({ allowUnauthorizedRequests: true, allowedEndpoints: [] }),
  // It calls the next handler when it has answered: without one Express would break the connection.
  () => {},
);
const server = app.listen(0, "127.0.0.1", () => {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  process.send?.(`http://127.0.0.1:${port}/api/fal/proxy`);
});
