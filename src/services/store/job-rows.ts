import type { InpaintOutput, InpaintRequest, Job, JobStatus, LogLine } from "../job.js";

/** Rows as the database gives them, and their translation. BigInt seeds travel as decimal strings in JSON. */
export interface JobRow {
  id: string;
  caller_id: string;
  status: Job["status"];
  submission: Job["submission"];
  request_id: string | null;
  priority: Job["priority"];
  input: string;
  queue_position: number | null;
  waiting_ahead?: number | null;
  progress: number | null;
  outcome: string | null;
  archived: string | null;
  created_at: number;
  start_deadline_at: number;
  submitted_at: number | null;
  started_at: number | null;
  finished_at: number | null;
  cancel_requested_at: number | null;
  owner_id: string | null;
  claimed_at: number | null;
  last_sequence: number;
  log_count: number;
}

/**
 * Ahead of a job that waits to be sent: what was sent and is still queued upstream, and what is sent before it. Counted
 * along the index of waiting jobs, because every look at a waiting job asks for it.
 */
const WAITING_AHEAD = `CASE WHEN submission = 'WAITING' AND finished_at IS NULL THEN
    (SELECT count(*) FROM job AS sent
      WHERE sent.finished_at IS NULL AND sent.submission <> 'WAITING' AND sent.status = 'IN_QUEUE')
    + (SELECT count(*) FROM job AS ahead
      WHERE ahead.finished_at IS NULL AND ahead.submission = 'WAITING' AND ahead.priority = job.priority
        AND (ahead.created_at, ahead.id) < (job.created_at, job.id))
    + CASE WHEN job.priority = 'LOW' THEN (SELECT count(*) FROM job AS preferred
      WHERE preferred.finished_at IS NULL AND preferred.submission = 'WAITING' AND preferred.priority = 'NORMAL')
      ELSE 0 END
  END AS waiting_ahead`;

export const SELECT_JOB = `SELECT job.*, ${WAITING_AHEAD} FROM job`;

/** How far a job is, without all that it is. */
export const SELECT_STANDING = `SELECT id, status, queue_position, last_sequence, ${WAITING_AHEAD} FROM job`;

export type StandingRow = Pick<JobRow, "id" | "status" | "queue_position" | "last_sequence" | "waiting_ahead">;

export interface EventRow {
  job_id: string;
  sequence: number;
  at: number;
  status: JobStatus;
  progress: number | null;
  logs: string | null;
}

type StoredOutcome = Pick<Job, "error" | "billed" | "billableUnits" | "inferenceSeconds"> & {
  output: (Omit<InpaintOutput, "seed"> & { seed: string }) | null;
};

/** A line as it is stored: with upstream's own text of the timestamp, by which repeated lines are recognised. */
export interface StoredLogLine extends LogLine {
  readonly rawTimestamp: string;
}

/** What may change of a job that is watched. */
export type JobStanding = Pick<Job, "id" | "lastSequence" | "queuePosition">;

export function jobFromRow(row: JobRow): Job {
  const input = JSON.parse(row.input) as Omit<InpaintRequest, "seed"> & { seed: string };
  const outcome = row.outcome === null ? null : (JSON.parse(row.outcome) as StoredOutcome);
  const output = outcome?.output ?? null;
  return {
    id: row.id,
    callerId: row.caller_id,
    status: row.status,
    submission: row.submission,
    requestId: row.request_id,
    priority: row.priority,
    input: { ...input, seed: BigInt(input.seed) },
    queuePosition: queuePositionOf(row),
    progress: row.progress,
    output: output && { ...output, seed: BigInt(output.seed) },
    archived: row.archived === null ? null : (JSON.parse(row.archived) as Job["archived"]),
    error: outcome?.error ?? null,
    billed: outcome?.billed ?? "UNKNOWN",
    billableUnits: outcome?.billableUnits ?? null,
    inferenceSeconds: outcome?.inferenceSeconds ?? null,
    createdAt: row.created_at,
    startDeadlineAt: row.start_deadline_at,
    submittedAt: row.submitted_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    cancelRequestedAt: row.cancel_requested_at,
    ownerId: row.owner_id,
    claimedAt: row.claimed_at,
    lastSequence: row.last_sequence,
    logCount: row.log_count,
  };
}

export function standingFromRow(row: StandingRow): JobStanding {
  return { id: row.id, lastSequence: row.last_sequence, queuePosition: queuePositionOf(row) };
}

function queuePositionOf({ status, waiting_ahead, queue_position }: StandingRow): number | null {
  return status === "IN_QUEUE" ? (waiting_ahead ?? queue_position) : null;
}

export function inputText(input: InpaintRequest): string {
  return JSON.stringify({ ...input, seed: input.seed.toString() });
}

/** The outcome's column; null until the job has ended. */
export function outcomeText(job: Job): string | null {
  if (job.finishedAt === null) return null;
  const { output, error, billed, billableUnits, inferenceSeconds } = job;
  return JSON.stringify({
    output: output && { ...output, seed: output.seed.toString() },
    error,
    billed,
    billableUnits,
    inferenceSeconds,
  });
}
