// @ts-check
// The limit of deliveries: ws sends one text, made once a line, to all that are connected. It follows one job of the
// upstream and speaks just as much of the protocol as the bench's watchers ask for.
import { createServer } from "node:http";
import { request } from "undici";
import { WebSocketServer } from "ws";
import { createLineReader, nextMessage } from "./raw-message.mjs";

const [upstreamUrl = ""] = process.argv.slice(2);
const endpoint = `${upstreamUrl}/fal-ai/stable-audio-25`;

const server = createServer();
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket) => {
  socket.on("message", (data) => {
    socket.send(String(data).includes("connection_init") ? '{"type":"connection_ack"}' : nextMessage(true, []));
  });
});

const submitted = await request(`${endpoint}/inpaint`, { method: "POST", body: "{}" });
const { request_id: id } = /** @type {any} */ (await submitted.body.json());
const stream = await request(`${endpoint}/requests/${id}/status/stream`, { bodyTimeout: 0 });
const parser = createLineReader((logs) => {
  const text = nextMessage(false, logs);
  for (const socket of sockets.clients) socket.send(text);
});
stream.body.on("data", (bytes) => parser.feed(String(bytes)));

server.listen(0, "127.0.0.1", () => {
  process.send?.(`http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/graphql`);
});
