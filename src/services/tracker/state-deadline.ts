import type { Job, JobError } from "../job.js";

/** Upstream enforces the start deadline itself, and says so best; it is given this long to do it. */
const START_GRACE_MS = 15_000;

/**
 * Until when upstream may keep a job in the state that it is in. In the queue that is its start deadline; each run may
 * take `runSeconds`. A job that was put back into the queue has whichever of the two ends later.
 */
export function stateDeadline(job: Job, runSeconds: number): number {
  const startBy = job.startDeadlineAt + START_GRACE_MS;
  if (job.startedAt === null) return startBy;
  const runUntil = job.startedAt + runSeconds * 1_000;
  return job.status === "IN_PROGRESS" ? runUntil : Math.max(startBy, runUntil);
}

/** @param confirmed upstream says that the request has ended. */
export function timedOut(job: Job, confirmed: boolean): JobError {
  const started = job.startedAt !== null;
  const what = started
    ? "The job ran longer than this server allows"
    : "The job did not start before its start deadline";
  const outcome = confirmed
    ? "It was cancelled."
    : "It was to be cancelled, and the engine did not confirm that within a minute.";
  return {
    code: "TIMED_OUT",
    message: `${what}. ${outcome} Submit it again${started ? "" : ", or allow a longer startTimeout"}.`,
    field: started ? null : ["options", "startTimeout"],
    upstreamType: null,
    upstreamStatus: null,
    retryable: true,
  };
}
