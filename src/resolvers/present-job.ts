import type { InpaintJob } from "../schema/inpaint-job.js";
import type { Job } from "../services/job.js";
import { presentDate } from "./present-date.js";

/** A plain object of the schema class's shape: the default field resolver needs no more. */
export function presentJob(job: Job): InpaintJob {
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
