// @ts-check
// What all peers serve: Punchin's own schema and resolvers, on jobs that are held in memory. A mutation submits to the
// upstream before it answers, as a server without a durable queue has to.
import { randomUUID } from "node:crypto";
import { createFalClient } from "@fal-ai/client";
import { buildApiSchema } from "../../dist/resolvers/build-schema.js";

const [upstreamUrl = "", jobCount = "50", linesPerJob = "20"] = process.argv.slice(2);

export const schema = await buildApiSchema();

/** @typedef {import("../../dist/services/job.js").Job} Job */

const fal = createFalClient({
  credentials: "any:key",
  fetch: (input, init) => fetch(String(input).replace(/^https:\/\/queue\.fal\.run/, upstreamUrl), init),
});

/** @param {string} id @param {string | null} requestId @returns {any} */
function makeJob(id, requestId) {
  const now = Date.now();
  return {
    id,
    callerId: "anonymous",
    status: requestId === null ? "COMPLETED" : "IN_QUEUE",
    submission: "SUBMITTED",
    requestId: requestId ?? randomUUID(),
    input: {
      prompt: "rain",
      audioUrl: "https://files.example/clip.wav",
      secondsTotal: null,
      guidanceScale: 1,
      maskStart: 2,
      maskEnd: 4,
      numInferenceSteps: 8,
      seed: 42n,
    },
    priority: "NORMAL",
    queuePosition: null,
    progress: null,
    output: null,
    archived: null,
    error: null,
    billed: "NO",
    billableUnits: null,
    inferenceSeconds: null,
    createdAt: now,
    startDeadlineAt: now,
    submittedAt: now,
    startedAt: now,
    finishedAt: now,
    cancelRequestedAt: null,
    ownerId: null,
    claimedAt: null,
    lastSequence: 25,
    logCount: Number(linesPerJob),
  };
}

const jobs = new Map(
  Array.from({ length: Number(jobCount) }, (_, index) => [`job-${index}`, makeJob(`job-${index}`, null)]),
);
const lines = Array.from({ length: Number(linesPerJob) }, (_, index) => ({
  sequence: index + 1,
  message: `${index + 1} ${process.hrtime.bigint()}`,
  level: "INFO",
  source: null,
  timestamp: Date.now(),
}));
const output = {
  audio: {
    url: "https://v3b.fal.media/files/b/out.wav",
    contentType: "audio/wav",
    fileName: null,
    fileSize: null,
    fileData: null,
  },
  seed: 42n,
};

const services = {
  findJob: async (/** @type {unknown} */ _caller, /** @type {string} */ id) => jobs.get(id) ?? null,
  listJobs: async (/** @type {unknown} */ _caller, /** @type {{ first: number }} */ { first }) => ({
    edges: [...jobs.values()].slice(0, first).map((job) => ({ cursor: job.id, job })),
    hasNextPage: false,
    hasPreviousPage: false,
    countTotal: async () => jobs.size,
  }),
  readLogs: async (/** @type {unknown} */ _caller, /** @type {unknown} */ _job, /** @type {number} */ last) =>
    lines.slice(-last),
  outputOf: async () => output,
  cursorOf: (/** @type {Job} */ job) => `${job.id}.${job.lastSequence}`,
  submitJob: async (/** @type {unknown} */ _caller, /** @type {any} */ input) => {
    const { request_id } = await fal.queue.submit("fal-ai/stable-audio-25/inpaint", { input });
    const job = makeJob(randomUUID(), request_id);
    jobs.set(job.id, job);
    return { job, faults: [] };
  },
};

/** What every resolver is given. */
export function createContext() {
  return { caller: { id: "anonymous" }, services, requestId: randomUUID() };
}

/** Tells the bench where to ask. @param {number} port */
export function tellPort(port) {
  process.send?.(`http://127.0.0.1:${port}/graphql`);
}
