// @ts-check
// What all peers serve: Punchin's own schema and resolvers, on jobs that are held in memory.
import { randomUUID } from "node:crypto";
import { buildApiSchema } from "../../dist/resolvers/build-schema.js";
import { openMemoryJobs } from "./memory-jobs.mjs";

const [upstreamUrl = "", jobCount = "0", linesPerJob = "0"] = process.argv.slice(2);

export const schema = await buildApiSchema();

const services = openMemoryJobs(upstreamUrl, Number(jobCount), Number(linesPerJob));

/** What every resolver is given. */
export function createContext() {
  return { caller: { id: "anonymous" }, services, requestId: randomUUID() };
}

/** Tells the bench where to ask. @param {number} port */
export function tellPort(port) {
  process.send?.(`http://127.0.0.1:${port}/graphql`);
}
