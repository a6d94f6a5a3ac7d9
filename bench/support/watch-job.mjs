// @ts-check
import WebSocket from "ws";

const WATCH = `subscription ($jobId: ID!) {
  inpaintProgress(jobId: $jobId) {
    cursor snapshot status queuePosition progress logs { sequence message level source timestamp }
  }
}`;

/** @typedef {{ snapshot: boolean, status: string, logs: { sequence: number, message: string }[] }} Update */

/**
 * Watches a job over a socket of its own; resolves once it is watched.
 * @param {string} graphqlUrl
 * @param {string} jobId
 * @param {(update: Update) => void} onUpdate
 */
export function watchJob(graphqlUrl, jobId, onUpdate) {
  const socket = new WebSocket(graphqlUrl.replace("http", "ws"), "graphql-transport-ws");
  const done = new Promise((resolve) => socket.once("close", resolve));
  // The server may be killed at any time.
  socket.on("error", () => {});
  socket.on("open", () => socket.send('{"type":"connection_init"}'));
  return new Promise((/** @type {(watch: { done: Promise<unknown>, stop(): void }) => void} */ resolve) => {
    socket.on("message", (data) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === "connection_ack") {
        socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query: WATCH, variables: { jobId } } }));
      } else if (type === "next") {
        resolve({ done, stop: () => socket.terminate() });
        onUpdate(payload.data.inpaintProgress);
      } else if (type === "complete") socket.close();
    });
  });
}
