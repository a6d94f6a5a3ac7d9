import { ForbiddenError } from "../../errors.js";
import type { Caller, Job, JobUpdate, LogLine } from "../job.js";
import type { JobStore } from "../store/job-store.js";

/**
 * The job, if the caller may look at it. An unknown id and another caller's are one look-up with one outcome, so that
 * neither the answer nor the time it takes tells them apart.
 */
export async function findFor(store: JobStore, caller: Caller, jobId: string): Promise<Job | null> {
  if (caller.onlyJobId === undefined) return store.findOwned(caller.id, jobId);
  return jobId === caller.onlyJobId ? store.find(jobId) : null;
}

export function mayLookAt(caller: Caller, job: Job): boolean {
  return caller.onlyJobId === undefined ? job.callerId === caller.id : job.id === caller.onlyJobId;
}

/** Throws ForbiddenError for the holder of a watch token: it looks at one job and does nothing else. */
export function requireAccount(caller: Caller): void {
  if (caller.onlyJobId === undefined) return;
  throw new ForbiddenError(
    `A watch token is for looking at job ${caller.onlyJobId} alone. Use the credential of the job's owner.`,
  );
}

/**
 * The job as this caller is to see it. A watch token does not come with the source: addresses may be signed, so the
 * holder is shown no more of them than where they lead, also where the engine's words repeat one. The result's is whole.
 */
export function seenBy(caller: Caller, job: Job): Job {
  if (caller.onlyJobId === undefined) return job;
  const { input, error } = job;
  return {
    ...job,
    input: { ...input, audioUrl: shortenAddresses(input.audioUrl) },
    error: error && { ...error, message: shortenAddresses(error.message) },
  };
}

export function logsSeenBy(caller: Caller, lines: readonly LogLine[]): readonly LogLine[] {
  if (caller.onlyJobId === undefined) return lines;
  return lines.map((line) => ({ ...line, message: shortenAddresses(line.message) }));
}

/** What holders of watch tokens see of an update: the same object for all of them, as the update is for all owners. */
const shortened = new WeakMap<JobUpdate, JobUpdate>();

export function updateSeenBy(caller: Caller, update: JobUpdate): JobUpdate {
  if (caller.onlyJobId === undefined) return update;
  let seen = shortened.get(update);
  if (seen === undefined) {
    seen = { ...update, logs: logsSeenBy(caller, update.logs), job: seenBy(caller, update.job) };
    shortened.set(update, seen);
  }
  return seen;
}

/** A data: URI is stored shortened already. */
function shortenAddresses(text: string): string {
  return text.replace(/(https?:\/\/)(?:[^\s/?#"'<>\\]*@)?([^\s/?#"'<>\\]+)[^\s"'<>\\]*/gi, "$1$2/…");
}
