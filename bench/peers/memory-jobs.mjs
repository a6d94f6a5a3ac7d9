// @ts-check
// Jobs as a peer keeps them: in memory, submitted to the upstream before the mutation answers, each followed once by fal's
// own client however many watch it.
import { randomUUID } from "node:crypto";
import { createFalClient } from "@fal-ai/client";

/** @typedef {import("../../dist/services/job.js").Job} Job */
/** @typedef {import("../../dist/services/job.js").JobUpdate} JobUpdate */

const MODEL = "fal-ai/stable-audio-25/inpaint";
const OUTPUT = {
  audio: {
    url: "https://v3b.fal.media/files/b/out.wav",
    contentType: "audio/wav",
    fileName: null,
    fileSize: null,
    fileData: null,
  },
  seed: 42n,
};

/** @param {string} id @param {string | null} requestId null: it has ended @returns {any} */
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
    logCount: 0,
  };
}

/** @param {number} sequence @param {string} message */
function makeLine(sequence, message) {
  return { sequence, message, level: "INFO", source: null, timestamp: Date.now() };
}

/** One job, its log and its updates; whoever watches is woken by each. */
class MemoryJob {
  /** @type {ReturnType<typeof makeLine>[]} */
  lines = [];
  /** @type {JobUpdate[]} */
  updates = [];
  done = false;
  /** @type {Set<() => void>} */
  waiting = new Set();

  /** @param {Job} job */
  constructor(job) {
    this.job = job;
  }

  cursor() {
    return Buffer.from(JSON.stringify(["event", this.job.id, this.updates.length])).toString("base64url");
  }

  /** @param {string} status @param {string[]} messages */
  note(status, messages) {
    const logs = messages.map((message, index) => makeLine(this.lines.length + index + 1, message));
    this.lines.push(...logs);
    this.job = /** @type {Job} */ ({ ...this.job, status });
    this.done = status === "COMPLETED";
    this.updates.push(this.#update(false, logs));
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const wake of waiting) wake();
  }

  /** @returns {AsyncGenerator<JobUpdate, void>} */
  async *watch() {
    let position = this.updates.length;
    yield this.#update(true, [...this.lines]);
    for (;;) {
      for (; position < this.updates.length; position += 1) yield/** @type {JobUpdate} */ (this.updates[position]);
      if (this.done) return;
      await new Promise((/** @type {(value?: undefined) => void} */ resolve) => this.waiting.add(resolve));
    }
  }

  /** @param {boolean} snapshot @param {MemoryJob["lines"]} logs @returns {any} */
  #update(snapshot, logs) {
    const { job } = this;
    return { cursor: this.cursor(), snapshot, status: job.status, queuePosition: null, progress: null, logs, job };
  }
}

/**
 * What the resolvers ask for, with some jobs that have ended.
 * @param {string} upstreamUrl
 * @param {number} jobCount
 * @param {number} linesPerJob
 */
export function openMemoryJobs(upstreamUrl, jobCount, linesPerJob) {
  const fal = createFalClient({
    credentials: "any:key",
    fetch: (input, init) => fetch(String(input).replace(/^https:\/\/queue\.fal\.run/, upstreamUrl), init),
  });
  /** @type {Map<string, MemoryJob>} */
  const jobs = new Map();
  for (let index = 0; index < jobCount; index += 1) {
    const ended = new MemoryJob(makeJob(`job-${index}`, null));
    ended.lines = Array.from({ length: linesPerJob }, (_, line) =>
      makeLine(line + 1, `${line + 1} ${process.hrtime.bigint()}`),
    );
    jobs.set(`job-${index}`, ended);
  }

  /** @param {MemoryJob} followed */
  async function follow(followed) {
    const requestId = followed.job.requestId ?? "";
    const stream = await fal.queue.streamStatus(MODEL, { requestId, logs: true });
    stream.on("data", (/** @type {any} */ data) => {
      // fal's client keeps all that it hands out.
      /** @type {any} */ (stream).buffer.length = 0;
      if (data.status === "COMPLETED") return;
      followed.note(
        "IN_PROGRESS",
        (data.logs ?? []).map((/** @type {any} */ { message }) => message),
      );
    });
    await stream.done();
    await fal.queue.result(MODEL, { requestId });
    followed.note("COMPLETED", []);
  }

  /** @param {string} id */
  const known = (id) => {
    const job = jobs.get(id);
    if (!job) throw new Error("There is no such job.");
    return job;
  };

  return {
    findJob: async (/** @type {unknown} */ _caller, /** @type {string} */ id) => jobs.get(id)?.job ?? null,
    listJobs: async (/** @type {unknown} */ _caller, /** @type {{ first: number }} */ { first }) => ({
      edges: [...jobs.values()].slice(0, first).map(({ job }) => ({ cursor: job.id, job })),
      hasNextPage: false,
      hasPreviousPage: false,
      countTotal: async () => jobs.size,
    }),
    readLogs: async (/** @type {unknown} */ _caller, /** @type {Job} */ job, /** @type {number} */ last) =>
      known(job.id).lines.slice(-last),
    outputOf: async () => OUTPUT,
    cursorOf: (/** @type {Job} */ job) => known(job.id).cursor(),
    submitJob: async (/** @type {unknown} */ _caller, /** @type {any} */ input) => {
      const { request_id } = await fal.queue.submit(MODEL, { input });
      const submitted = new MemoryJob(makeJob(randomUUID(), request_id));
      jobs.set(submitted.job.id, submitted);
      void follow(submitted);
      return { job: submitted.job, faults: [] };
    },
    watchJob: async (/** @type {unknown} */ _caller, /** @type {string} */ id) => known(id).watch(),
  };
}
