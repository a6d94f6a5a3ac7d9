// @ts-check
// node hostile-clients.mjs <graphql url> flood|slow <sockets> <job id>: keeps so many hostile sockets open, each opened
// again when the server closes it. "flood" sends small queries as fast as the network takes them; "slow" watches the
// job and reads nothing.
import { constants, setPriority } from "node:os";
import { setTimeout } from "node:timers/promises";
import { openGraphqlSocket } from "./graphql-socket.mjs";
import { tellParent } from "./processes.mjs";

const [, , url = "", kind, count, jobId] = process.argv;
const FLOOD_BUFFER_BYTES = 64 * 1024;
const WATCH = `subscription { inpaintProgress(jobId: "${jobId}") { cursor status logs { sequence message level source timestamp } job { id status } } }`;

/** @param {import("ws").WebSocket} socket @param {string} id @param {string} query */
const start = (socket, id, query) => socket.send(JSON.stringify({ id, type: "subscribe", payload: { query } }));

/** @param {import("ws").WebSocket} socket */
async function flood(socket) {
  for (let number = 0; socket.readyState === socket.OPEN; number += 1) {
    start(socket, `f${number}`, "{ service { version } }");
    if (number % 100 === 0) await setTimeout(0);
    while (socket.bufferedAmount > FLOOD_BUFFER_BYTES) await setTimeout(50);
  }
}

/** @param {import("ws").WebSocket} socket */
async function readNothing(socket) {
  start(socket, "watch", WATCH);
  socket.pause();
  while (socket.readyState === socket.OPEN) await setTimeout(100);
}

async function keepOne() {
  for (;;) {
    try {
      const { socket } = await openGraphqlSocket(url, kind === "flood" ? "127.0.0.2" : "127.0.0.3");
      await (kind === "flood" ? flood(socket) : readNothing(socket));
    } catch {
      // Refused, or closed at once.
    }
    await setTimeout(1_000);
  }
}

// Who floods has machines of its own: here it may take what the server and the good clients leave over.
setPriority(constants.priority.PRIORITY_LOW);
for (let number = 0; number < Number(count); number += 1) void keepOne();
tellParent("ready");
