import { describe, expect, it } from "vitest";
import type { Job } from "../../src/services/job.js";
import {
  BILLING_UNKNOWN,
  bindRequest,
  cancel,
  complete,
  fail,
  isFinished,
  loseAnswer,
  NOT_BILLED,
  observe,
  requestCancel,
  returnToWaiting,
  startSending,
  takeOver,
} from "../../src/services/job-state.js";
import { makeJob, SOME_ERROR, SOME_OUTPUT } from "../support/make-job.js";

const AT = 1_000;
const OWNER = "instance";

/** Every state a job can be in. */
const STATES = {
  waiting: {},
  sending: { submission: "SENDING" },
  unconfirmed: { submission: "UNCONFIRMED" },
  queued: { submission: "SUBMITTED", requestId: "r1", submittedAt: 1 },
  running: { submission: "SUBMITTED", requestId: "r1", status: "IN_PROGRESS", startedAt: 2, progress: 0.5 },
  completed: { submission: "SUBMITTED", requestId: "r1", status: "COMPLETED", output: SOME_OUTPUT, finishedAt: 3 },
  failed: { submission: "SUBMITTED", requestId: "r1", status: "FAILED", error: SOME_ERROR, finishedAt: 3 },
  "failed unsent": { status: "FAILED", error: SOME_ERROR, finishedAt: 3 },
  "failed unconfirmed": { submission: "UNCONFIRMED", status: "FAILED", error: SOME_ERROR, finishedAt: 3 },
  cancelled: { submission: "SUBMITTED", requestId: "r1", status: "CANCELLED", finishedAt: 3 },
  "cancelled unsent": { status: "CANCELLED", finishedAt: 3, cancelRequestedAt: 3 },
} satisfies Record<string, Partial<Job>>;

type State = keyof typeof STATES;
const UNFINISHED: State[] = ["waiting", "sending", "unconfirmed", "queued", "running"];

/** Every step, and the states from which it is legal. */
const STEPS: Record<string, { take: (job: Job) => Job | null; from: State[] }> = {
  startSending: { take: (job) => startSending(job, OWNER, AT), from: ["waiting"] },
  returnToWaiting: { take: (job) => returnToWaiting(job, job), from: ["sending", "unconfirmed"] },
  takeOver: { take: (job) => takeOver(job, OWNER), from: ["sending", "unconfirmed", "queued", "running"] },
  loseAnswer: { take: loseAnswer, from: ["sending"] },
  bindRequest: {
    take: (job) => bindRequest(job, "r2", AT),
    from: ["waiting", "sending", "unconfirmed", "failed unconfirmed"],
  },
  "observe IN_QUEUE": { take: (job) => observe(job, "IN_QUEUE", null, AT), from: ["queued", "running"] },
  "observe IN_PROGRESS": { take: (job) => observe(job, "IN_PROGRESS", 0.1, AT), from: ["queued", "running"] },
  complete: { take: (job) => complete(job, SOME_OUTPUT, NOT_BILLED, AT), from: UNFINISHED },
  fail: { take: (job) => fail(job, SOME_ERROR, NOT_BILLED, AT), from: UNFINISHED },
  cancel: { take: (job) => cancel(job, NOT_BILLED, AT), from: UNFINISHED },
  requestCancel: { take: (job) => requestCancel(job, AT), from: UNFINISHED },
};

const cases = Object.entries(STEPS).flatMap(([step, { from }]) =>
  (Object.keys(STATES) as State[]).map((state) => ({ step, state, legal: from.includes(state) })),
);

describe("job state", () => {
  it.each(cases)("$step from $state: legal $legal", ({ step, state, legal }) => {
    const job = makeJob(STATES[state]);
    const before = structuredClone(job);

    const after = STEPS[step]?.take(job);

    expect(after !== null).toBe(legal);
    expect(job).toEqual(before);
  });

  it.each(Object.keys(STATES) as State[])("knows whether %s is final", (state) => {
    expect(isFinished(makeJob(STATES[state]))).toBe(!UNFINISHED.includes(state));
  });

  it("keeps the status of a given-up job whose request shows up later", () => {
    const found = bindRequest(makeJob(STATES["failed unconfirmed"]), "late", AT);

    expect(found).toMatchObject({ status: "FAILED", requestId: "late", submission: "SUBMITTED", submittedAt: AT });
  });

  it("does not send a job that is wished cancelled", () => {
    expect(startSending(makeJob({ cancelRequestedAt: 5 }), OWNER, AT)).toBeNull();
  });

  it("takes what a dead owner was sending for unconfirmed, and the rest as it stands", () => {
    expect(takeOver(makeJob(STATES.sending), OWNER)).toMatchObject({ submission: "UNCONFIRMED", ownerId: OWNER });
    expect(takeOver(makeJob(STATES.running), OWNER)).toMatchObject({ submission: "SUBMITTED", ownerId: OWNER });
    expect(takeOver(makeJob({ ...STATES.running, ownerId: OWNER }), OWNER)).toBeNull();
  });

  it("takes the wish to cancel once", () => {
    expect(requestCancel(makeJob({ cancelRequestedAt: 5 }), AT)).toBeNull();
  });

  it("never lets progress go backwards within one run", () => {
    const running = makeJob(STATES.running);

    expect(observe(running, "IN_PROGRESS", 0.2, AT)).toMatchObject({ progress: 0.5, startedAt: 2 });
    expect(observe(running, "IN_PROGRESS", null, AT)).toMatchObject({ progress: 0.5 });
    expect(observe(running, "IN_PROGRESS", 0.7, AT)).toMatchObject({ progress: 0.7 });
  });

  it("starts over when upstream queues a running request again", () => {
    const queuedAgain = observe(makeJob(STATES.running), "IN_QUEUE", 0.9, AT);
    const secondRun = queuedAgain && observe(queuedAgain, "IN_PROGRESS", 0.1, AT + 5);

    expect(queuedAgain).toMatchObject({ status: "IN_QUEUE", progress: null });
    expect(secondRun).toMatchObject({ status: "IN_PROGRESS", progress: 0.1, startedAt: AT + 5 });
  });

  it("tells no progress where the engine told none", () => {
    expect(observe(makeJob(STATES.queued), "IN_PROGRESS", null, AT)?.progress).toBeNull();
    expect(complete(makeJob(STATES.queued), SOME_OUTPUT, NOT_BILLED, AT)?.progress).toBeNull();
    expect(complete(makeJob(STATES.running), SOME_OUTPUT, NOT_BILLED, AT)?.progress).toBe(1);
  });

  it("keeps output, error and bill of the end", () => {
    const settlement = { ...BILLING_UNKNOWN, billableUnits: 3, inferenceSeconds: 1.5 };

    expect(complete(makeJob(STATES.running), SOME_OUTPUT, settlement, AT)).toMatchObject({
      status: "COMPLETED",
      output: SOME_OUTPUT,
      error: null,
      queuePosition: null,
      finishedAt: AT,
      billed: "UNKNOWN",
      billableUnits: 3,
      inferenceSeconds: 1.5,
    });
    expect(fail(makeJob(STATES.running), SOME_ERROR, settlement, AT)).toMatchObject({
      status: "FAILED",
      error: SOME_ERROR,
      output: null,
    });
  });
});
