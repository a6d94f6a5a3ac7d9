// @ts-check
// A fal-compatible queue that does nothing but tell log lines. Arguments: lines per job, milliseconds between two lines.
// A line is "<number> <when it came about>". It adopts requests that were made elsewhere, counts what it is asked, and
// on demand tells lines of all that runs, runs what comes at another pace, or holds it until it is to begin together.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { nowNanoseconds } from "./measure.mjs";
import { tellParent } from "./processes.mjs";

const [linesPerJob = 0, firstPace = 0] = process.argv.slice(2).map(Number);

let millisecondsPerLine = firstPace;

/** @typedef {{ timestamp: string, level: string, message: string }} Line */
/** @typedef {import("node:http").ServerResponse} Response */
/** @typedef {{ lines: Line[], done: boolean, streams: Set<Response> }} Request */
/** @type {Map<string, Request>} */
const requests = new Map();

/** @param {Response} stream @param {Request} request @param {Line[]} logs */
function tell(stream, { done }, logs) {
  stream.write(`data: ${JSON.stringify({ status: done ? "COMPLETED" : "IN_PROGRESS", logs })}\n\n`);
  if (done) stream.end();
}

/** @param {Request} request */
function tellLine(request) {
  const message = `${request.lines.length + 1} ${nowNanoseconds()}`;
  const line = { timestamp: new Date().toISOString(), level: "INFO", message };
  request.lines.push(line);
  for (const stream of request.streams) tell(stream, request, [line]);
}

/** What waits to run; null: nothing waits. @type {Request[] | null} */
let held = null;

/** @param {Request} request */
function run(request) {
  if (held) {
    held.push(request);
    return;
  }
  const timer = setInterval(() => {
    if (request.lines.length < linesPerJob) return tellLine(request);
    clearInterval(timer);
    request.done = true;
    for (const stream of request.streams) tell(stream, request, []);
  }, millisecondsPerLine);
}

/** Requests seen per second since the last report. @type {Map<number, number>} */
const seen = new Map();
/** @typedef {{ adopt: string[] } | { tell: number } | { pace: number } | "hold" | "go" | "load"} Order */

process.on("message", (/** @type {Order} */ message) => {
  if (typeof message === "object" && "pace" in message) {
    millisecondsPerLine = message.pace;
    return tellParent("paced");
  }
  if (message === "hold") {
    held = [];
    return tellParent("holding");
  }
  if (message === "go") {
    const waiting = held ?? [];
    held = null;
    // Their lines come spread out evenly.
    for (const [index, request] of waiting.entries())
      setTimeout(run, (millisecondsPerLine * index) / waiting.length, request);
    return tellParent("gone");
  }
  if (message !== "load" && "tell" in message) {
    for (const request of requests.values())
      for (let count = 0; count < message.tell && !request.done; count += 1) tellLine(request);
    return tellParent("told");
  }
  if (message !== "load") {
    for (const id of message.adopt) requests.set(id, { lines: [], done: false, streams: new Set() });
    seen.clear();
    return tellParent("adopted");
  }
  const counts = [...seen.values()];
  tellParent({ requests: counts.reduce((sum, count) => sum + count, 0), busiestSecond: Math.max(0, ...counts) });
});

const server = createServer((incoming, response) => {
  const second = Math.floor(Date.now() / 1_000);
  seen.set(second, (seen.get(second) ?? 0) + 1);
  incoming.resume();
  const [, id, rest = ""] = /\/requests\/([^/?]+)([^?]*)/.exec(incoming.url ?? "") ?? [];
  const json = (/** @type {number} */ status, /** @type {unknown} */ body) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (id === undefined) {
    const newId = randomUUID();
    /** @type {Request} */
    const request = { lines: [], done: linesPerJob === 0, streams: new Set() };
    requests.set(newId, request);
    if (!request.done) run(request);
    return json(200, { request_id: newId, status: "IN_QUEUE", queue_position: 0 });
  }
  const request = requests.get(id);
  if (!request) return json(404, { status: "NOT_FOUND" });
  if (rest === "/status") {
    return json(200, { status: request.done ? "COMPLETED" : "IN_PROGRESS", logs: request.lines });
  }
  if (rest === "/status/stream") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    request.streams.add(response);
    response.on("close", () => request.streams.delete(response));
    return tell(response, request, request.lines);
  }
  return json(200, { audio: { url: "https://v3b.fal.media/files/b/out.wav", content_type: "audio/wav" }, seed: 1 });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  tellParent(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
});
