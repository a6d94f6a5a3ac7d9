/**
 * The life of a job as a pure state machine: every function takes a job and returns the job after the step, or null
 * where the step is not legal from there (the caller then leaves the job as it is).
 *
 *   submission  WAITING → SENDING → SUBMITTED
 *                   ↑________↓  ↘ UNCONFIRMED → SUBMITTED        (a certain refusal that may pass puts it back)
 *   status      IN_QUEUE ⇄ IN_PROGRESS → COMPLETED | FAILED | CANCELLED      (terminal states are final)
 */
import type { Billing, InpaintOutput, Job, JobError, JobStatus } from "./job.js";

export function isFinished(job: Pick<Job, "status">): boolean {
  return job.status === "COMPLETED" || job.status === "FAILED" || job.status === "CANCELLED";
}

/** To be committed before the first byte goes out; from here on the job belongs to the instance that sends it. */
export function startSending(job: Job, ownerId: string, at: number): Job | null {
  if (isFinished(job) || job.submission !== "WAITING" || job.cancelRequestedAt !== null) return null;
  return { ...job, submission: "SENDING", ownerId, claimedAt: at };
}

/**
 * Upstream certainly did not take the request, and may take it later. Only who sent it can know that, and it stays true
 * when others believe by now that the answer was lost. It says nothing of another attempt, should one have begun since.
 *
 * @param attempt the job as it was claimed for the attempt that was refused.
 */
export function returnToWaiting(job: Job, attempt: Pick<Job, "claimedAt">): Job | null {
  if (isFinished(job) || (job.submission !== "SENDING" && job.submission !== "UNCONFIRMED")) return null;
  if (job.claimedAt !== attempt.claimedAt) return null;
  return { ...job, submission: "WAITING", ownerId: null };
}

/** The owner is gone. What it was sending in that moment may have arrived or not. */
export function takeOver(job: Job, ownerId: string): Job | null {
  if (isFinished(job) || job.submission === "WAITING" || job.ownerId === ownerId) return null;
  return { ...job, ownerId, submission: job.submission === "SENDING" ? "UNCONFIRMED" : job.submission };
}

/** The request was sent and no answer came. It is never sent again. */
export function loseAnswer(job: Job): Job | null {
  if (isFinished(job) || job.submission !== "SENDING") return null;
  return { ...job, submission: "UNCONFIRMED" };
}

/**
 * The request id became known. It is evidence, not state: taken whatever the status while none is known, so that even a
 * job that was given up keeps the trace of what was paid for. A job that waits was believed refused, and must not be sent
 * again; only one that ended while it waited has no request.
 */
export function bindRequest(job: Job, requestId: string, at: number): Job | null {
  if (job.requestId !== null || (job.submission === "WAITING" && isFinished(job))) return null;
  return { ...job, submission: "SUBMITTED", requestId, submittedAt: at };
}

/** What a status from upstream says; the same status again is legal (it may bring log lines or progress). */
export function observe(job: Job, status: "IN_QUEUE" | "IN_PROGRESS", progress: number | null, at: number): Job | null {
  if (isFinished(job) || job.submission !== "SUBMITTED") return null;
  if (status === "IN_QUEUE") return { ...job, status, progress: null };
  const sameRun = job.status === "IN_PROGRESS";
  return {
    ...job,
    status,
    queuePosition: null,
    startedAt: sameRun ? job.startedAt : at,
    progress:
      progress === null ? (sameRun ? job.progress : null) : Math.max(progress, sameRun ? (job.progress ?? 0) : 0),
  };
}

/** What the end is worth, as far as upstream told. */
export interface Settlement {
  readonly billed: Billing;
  readonly billableUnits: number | null;
  readonly inferenceSeconds: number | null;
}

export const NOT_BILLED: Settlement = { billed: "NO", billableUnits: null, inferenceSeconds: null };
export const BILLING_UNKNOWN: Settlement = { billed: "UNKNOWN", billableUnits: null, inferenceSeconds: null };

/** Only with the result in hand. */
export function complete(job: Job, output: InpaintOutput, settlement: Settlement, at: number): Job | null {
  return finish(job, "COMPLETED", at, { ...settlement, output, progress: job.progress === null ? null : 1 });
}

export function fail(job: Job, error: JobError, settlement: Settlement, at: number): Job | null {
  return finish(job, "FAILED", at, { ...settlement, error });
}

export function cancel(job: Job, settlement: Settlement, at: number): Job | null {
  return finish(job, "CANCELLED", at, settlement);
}

/** The wish to cancel; what comes of it is told by how the job ends. */
export function requestCancel(job: Job, at: number): Job | null {
  if (isFinished(job) || job.cancelRequestedAt !== null) return null;
  return { ...job, cancelRequestedAt: at };
}

function finish(job: Job, status: JobStatus, at: number, outcome: Partial<Job>): Job | null {
  if (isFinished(job)) return null;
  return { ...job, ...outcome, status, queuePosition: null, finishedAt: at };
}
