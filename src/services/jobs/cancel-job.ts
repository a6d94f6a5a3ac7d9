import type { Caller, Job } from "../job.js";
import { cancel, isFinished, NOT_BILLED, requestCancel } from "../job-state.js";
import type { CancelOutcome } from "../services.js";
import type { JobStore } from "../store/job-store.js";
import { changeJob } from "./change-job.js";

/**
 * Cancels a job. One that was not sent yet ends at once, free of charge. For any other the wish is stored; whoever
 * follows the job passes it on, and the job ends as what truly happened, which may be COMPLETED.
 *
 * @param onRequested told the job whose wish is stored, each time it is asked for.
 */
export async function cancelJob(
  { store, clock, onRequested }: { store: JobStore; clock: () => number; onRequested: (job: Job) => void },
  caller: Caller,
  jobId: string,
): Promise<CancelOutcome> {
  const job = await store.findOwned(caller.id, jobId);
  if (!job) {
    return {
      job: null,
      outcome: null,
      faults: [
        {
          code: "NOT_FOUND",
          field: ["id"],
          message: `There is no job with the id ${JSON.stringify(jobId.slice(0, 80))}. Use the id that inpaintAudio returned.`,
        },
      ],
    };
  }
  const at = clock();
  const changed = await changeJob(store, job, { name: "cancel-requested", at }, (current) => {
    const wished = requestCancel(current, at);
    return wished?.submission === "WAITING" ? cancel(wished, NOT_BILLED, at) : wished;
  });
  if (changed?.status === "CANCELLED") return { job: changed, outcome: "CANCELLED", faults: [] };
  if (changed) {
    onRequested(changed);
    return { job: changed, outcome: "CANCELLATION_REQUESTED", faults: [] };
  }
  // No step was legal: the job is finished, or the wish was stored before.
  const current = (await store.find(jobId)) ?? job;
  if (isFinished(current)) return { job: current, outcome: "ALREADY_FINISHED", faults: [] };
  // Asking again is a reason to tell upstream again, should it not have answered yet.
  onRequested(current);
  return { job: current, outcome: "CANCELLATION_REQUESTED", faults: [] };
}
