// @ts-check
// An update as graphql-transport-ws carries it, as long as the bench's answers are.

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
