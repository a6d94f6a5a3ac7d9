// @ts-check
// The limit of jobs at once: undici and ws with nothing between them. It submits each job to the upstream, follows its
// status stream, asks for status and result at its end, and sends each line to the one socket that watches. No GraphQL is
// read, nothing checked, nothing kept.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Agent, request } from "undici";
import { WebSocketServer } from "ws";
import { createLineReader, nextMessage } from "./raw-message.mjs";

const [upstreamUrl = ""] = process.argv.slice(2);
const endpoint = `${upstreamUrl}/fal-ai/stable-audio-25`;
const dispatcher = new Agent({ keepAliveTimeout: 10_000 });

/** What each job's watcher is told by, and what came before it asked. @type {Map<string, { tell(text: string): void, early: string[] }>} */
const jobs = new Map();

/** @param {string} url @param {"GET" | "POST"} method @returns {Promise<any>} */
async function ask(url, method = "GET") {
  const { body } = await request(url, { dispatcher, method, ...(method === "POST" && { body: "{}" }) });
  return body.json();
}

/** @param {string} requestId @param {string} jobId */
async function follow(requestId, jobId) {
  const url = `${endpoint}/requests/${requestId}`;
  const parser = createLineReader((logs) => {
    if (logs.length > 0) jobs.get(jobId)?.tell(nextMessage(false, logs));
  });
  const stream = await request(`${url}/status/stream?logs=1`, { dispatcher, bodyTimeout: 0 });
  for await (const bytes of stream.body) parser.feed(String(bytes));
  await ask(`${url}/status?logs=1`);
  await ask(url);
  jobs.get(jobId)?.tell('{"id":"1","type":"complete"}');
  jobs.delete(jobId);
}

const server = createServer((incoming, response) => {
  incoming.resume().on("end", async () => {
    const { request_id } = await ask(`${endpoint}/inpaint`, "POST");
    const id = randomUUID();
    /** @type {string[]} */
    const early = [];
    jobs.set(id, { early, tell: (text) => void early.push(text) });
    void follow(request_id, id);
    const data = { inpaintAudio: { job: { id }, userErrors: [] } };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ data }));
  });
});
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket) => {
  socket.on("message", (data) => {
    const { type, payload } = JSON.parse(String(data));
    if (type === "connection_init") return socket.send('{"type":"connection_ack"}');
    socket.send(nextMessage(true, []));
    const job = jobs.get(payload.variables.jobId);
    for (const text of job?.early ?? []) socket.send(text);
    if (job) job.tell = (text) => socket.send(text);
  });
});
server.listen(0, "127.0.0.1", () => {
  process.send?.(`http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/graphql`);
});
