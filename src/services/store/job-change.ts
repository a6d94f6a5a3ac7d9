import type { Job } from "../job.js";
import type { ChangeRow } from "./database.js";
import { outcomeText, type StoredLogLine } from "./job-rows.js";

/** What happened to a job: one event per change, numbered from 1 without a gap, stored before anyone sees it. */
export type JobEventName =
  | "accepted"
  | "sending"
  | "waiting"
  | "unconfirmed"
  | "submitted"
  | "started"
  | "requeued"
  | "status"
  | "fallback"
  | "cancel-requested"
  | "taken-over"
  | "finished";

export type NewLogLine = Omit<StoredLogLine, "sequence">;

/** One step of one job. It is taken only if nobody changed the job since `before` was read. */
export interface JobChange {
  readonly before: Job;
  readonly after: Job;
  readonly name: JobEventName;
  readonly at: number;
  readonly logs?: readonly NewLogLine[];
}

/** All that a step may change of an unfinished job, except its progress. */
const STATE = [
  "status",
  "submission",
  "requestId",
  "submittedAt",
  "startedAt",
  "cancelRequestedAt",
  "ownerId",
  "claimedAt",
] as const satisfies readonly (keyof Job)[];

/** The step as it is written: the job's new columns, the event's, the log lines numbered on. */
export function changeRow({ before, after, name, at, logs = [] }: JobChange): ChangeRow {
  const numbered = logs.map((line, index) => ({ ...line, sequence: before.logCount + index + 1 }));
  return {
    jobId: before.id,
    beforeSequence: before.lastSequence,
    status: after.status,
    submission: after.submission,
    requestId: after.requestId,
    progress: after.progress,
    outcome: outcomeText(after),
    submittedAt: after.submittedAt,
    startedAt: after.startedAt,
    finishedAt: after.finishedAt,
    cancelRequestedAt: after.cancelRequestedAt,
    ownerId: after.ownerId,
    claimedAt: after.claimedAt,
    at,
    name,
    logCount: logs.length,
    logs: numbered.length > 0 ? JSON.stringify(numbered) : null,
    onlyReports: after.finishedAt === null && STATE.every((property) => before[property] === after[property]),
    dropsPayload: mayBeSent(before) && !mayBeSent(after),
  };
}

/** The job once the step is written. */
export function jobAfter({ before, after, logs = [] }: JobChange): Job {
  return { ...after, lastSequence: before.lastSequence + 1, logCount: before.logCount + logs.length };
}

/** Only such a job still needs its data: URI. */
function mayBeSent({ finishedAt, submission }: Job): boolean {
  return finishedAt === null && (submission === "WAITING" || submission === "SENDING");
}
