import type { InpaintJob } from "../schema/inpaint-job.js";
import type { Job } from "../services/job.js";
import { presentDate } from "./present-date.js";

const presented = new WeakMap<Job, InpaintJob>();

/** A plain object of the schema class's shape: the default field resolver needs no more. Made once of each job. */
export function presentJob(job: Job): InpaintJob {
  let made = presented.get(job);
  if (made === undefined) {
    made = present(job);
    presented.set(job, made);
  }
  return made;
}

function present(job: Job): InpaintJob {
  return {
    record: job,
    id: job.id,
    requestId: job.requestId,
    status: job.status,
    submission: job.submission,
    queuePosition: job.queuePosition,
    progress: job.progress,
    input: job.input,
    output: job.output,
    error: job.error,
    billed: job.billed,
    billableUnits: job.billableUnits,
    inferenceTime: job.inferenceSeconds,
    createdAt: new Date(job.createdAt),
    submittedAt: presentDate(job.submittedAt),
    startedAt: presentDate(job.startedAt),
    finishedAt: presentDate(job.finishedAt),
    cancelRequestedAt: presentDate(job.cancelRequestedAt),
  };
}
