import { v7 as uuidv7 } from "uuid";
import type { Job, JobError } from "../../src/services/job.js";
import type { SubmitInput, SubmitOptions } from "../../src/services/services.js";
import type { JobStore, NewJob } from "../../src/services/store/job-store.js";

export const CALLER = { id: "anonymous" };

/** A job that waits to be sent; a test states what matters to it. */
export function makeJob(overrides: Partial<Job> = {}): Job {
  const createdAt = overrides.createdAt ?? Date.now();
  return {
    id: uuidv7(),
    callerId: CALLER.id,
    status: "IN_QUEUE",
    submission: "WAITING",
    requestId: null,
    input: {
      prompt: "rain on a tin roof",
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
    billed: "UNKNOWN",
    billableUnits: null,
    inferenceSeconds: null,
    createdAt,
    startDeadlineAt: createdAt + 3_600_000,
    submittedAt: null,
    startedAt: null,
    finishedAt: null,
    cancelRequestedAt: null,
    ownerId: null,
    claimedAt: null,
    lastSequence: 1,
    logCount: 0,
    ...overrides,
  };
}

/** Stores a new job with its first event. */
export async function insertJob(
  store: JobStore,
  overrides: Partial<Job> = {},
  entry: Partial<NewJob> = {},
): Promise<Job> {
  const job = makeJob(overrides);
  await store.insert({ job, idempotencyKey: null, idempotencyHash: "hash", payload: null, webhookUrl: null, ...entry });
  return job;
}

export function makeInput(overrides: Partial<SubmitInput> = {}): SubmitInput {
  return { ...makeJob().input, seed: null, ...overrides };
}

export function makeOptions(overrides: Partial<SubmitOptions> = {}): SubmitOptions {
  return { idempotencyKey: null, webhookUrl: null, priority: "NORMAL", startTimeoutSeconds: null, ...overrides };
}

export const SOME_ERROR: JobError = {
  code: "UPSTREAM_FAILED",
  message: "It broke.",
  field: null,
  upstreamType: null,
  upstreamStatus: 500,
  retryable: true,
};

export const SOME_OUTPUT = {
  audio: {
    url: "https://files.example/out.wav",
    contentType: "audio/wav",
    fileName: null,
    fileSize: 9,
    fileData: null,
  },
  seed: 42n,
};
