import type { Job } from "../job.js";
import type { JobEventName, NewLogLine } from "../store/job-change.js";
import type { JobStore } from "../store/job-store.js";

/**
 * Takes one step of a job's life and commits it with its event. When somebody else changed the job in between, it is
 * read again and the step is decided anew on what is true now.
 *
 * @param step a function of job-state.ts; null means that the step is not legal (any more).
 * @returns the job after the step, or null when the step was not legal or the job is gone.
 */
export async function changeJob(
  store: JobStore,
  job: Job,
  change: { name: JobEventName; at: number; logs?: readonly NewLogLine[] },
  step: (job: Job) => Job | null,
): Promise<Job | null> {
  let before: Job | null = job;
  while (before) {
    const after = step(before);
    if (!after) return null;
    const changed = await store.change({ ...change, before, after });
    if (changed) return changed;
    before = await store.find(job.id);
  }
  return null;
}
