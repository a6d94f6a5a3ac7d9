// @ts-check
// What the raw servers read of upstream and send to watchers: updates as graphql-transport-ws carries them, as long as the
// bench's answers are.
import { createParser } from "eventsource-parser";

const CURSOR = Buffer.from(JSON.stringify(["event", "0197c5a2-7b1e-7000-8000-000000000000", 1])).toString("base64url");

/** @param {boolean} snapshot @param {any[]} logs */
export function nextMessage(snapshot, logs) {
  const inpaintProgress = {
    cursor: CURSOR,
    snapshot,
    status: "IN_PROGRESS",
    queuePosition: null,
    progress: null,
    logs,
  };
  return JSON.stringify({ id: "1", type: "next", payload: { data: { inpaintProgress } } });
}

/** Reads a job's status stream. @param {(logs: any[]) => void} onLines */
export function createLineReader(onLines) {
  let sequence = 0;
  return createParser({
    onEvent({ data }) {
      const logs = JSON.parse(data).logs.map((/** @type {any} */ { message, level, timestamp }) => {
        sequence += 1;
        return { sequence, message, level, source: null, timestamp };
      });
      onLines(logs);
    },
  });
}
