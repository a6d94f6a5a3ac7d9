import type { InpaintOutput, InpaintRequest, Job, JobStatus, LogLine } from "../job.js";
import type { SqlValue } from "./database.js";

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
  created_at: number;
  start_deadline_at: number;
  submitted_at: number | null;
  started_at: number | null;
  finished_at: number | null;
  cancel_requested_at: number | null;
  last_sequence: number;
  log_count: number;
}

export interface EventRow {
  sequence: number;
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
    queuePosition: row.status === "IN_QUEUE" ? (row.waiting_ahead ?? row.queue_position) : null,
    progress: row.progress,
    output: output && { ...output, seed: BigInt(output.seed) },
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
    lastSequence: row.last_sequence,
    logCount: row.log_count,
  };
}

export function inputText(input: InpaintRequest): string {
  return JSON.stringify({ ...input, seed: input.seed.toString() });
}

/** The columns that a change may touch, in the order of UPDATE_JOB in job-store.ts. */
export function changedValues(job: Job): SqlValue[] {
  const { output, error, billed, billableUnits, inferenceSeconds } = job;
  const outcome =
    job.finishedAt === null
      ? null
      : JSON.stringify({
          output: output && { ...output, seed: output.seed.toString() },
          error,
          billed,
          billableUnits,
          inferenceSeconds,
        });
  return [
    job.status,
    job.submission,
    job.requestId,
    job.progress,
    outcome,
    job.submittedAt,
    job.startedAt,
    job.finishedAt,
    job.cancelRequestedAt,
  ];
}
