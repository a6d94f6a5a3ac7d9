import type { Job, JobStatus } from "../job.js";
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

export interface JobEvent {
  readonly sequence: number;
  readonly at: number;
  readonly status: JobStatus;
  readonly progress: number | null;
  readonly logs: readonly StoredLogLine[];
}

/** A step that was committed: its event, and the job right after it. */
export interface CommittedStep {
  readonly event: JobEvent;
  readonly job: Job;
}

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
export function changeRow(change: JobChange): ChangeRow {
  const { before, after, name, at } = change;
  const logs = numberedLogs(change);
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
    logs: logs.length > 0 ? JSON.stringify(logs) : null,
    onlyReports: after.finishedAt === null && STATE.every((property) => before[property] === after[property]),
    dropsPayload: mayBeSent(before) && !mayBeSent(after),
  };
}

/** The step once it is written. */
export function committed(change: JobChange): CommittedStep {
  const { before, after, at } = change;
  const { status, progress } = after;
  const sequence = before.lastSequence + 1;
  const logs = numberedLogs(change);
  return {
    event: { sequence, at, status, progress, logs },
    job: { ...after, lastSequence: sequence, logCount: before.logCount + logs.length },
  };
}

function numberedLogs({ before, logs = [] }: JobChange): StoredLogLine[] {
  return logs.map((line, index) => ({ ...line, sequence: before.logCount + index + 1 }));
}

/** Only such a job still needs its data: URI. */
function mayBeSent({ finishedAt, submission }: Job): boolean {
  return finishedAt === null && (submission === "WAITING" || submission === "SENDING");
}
