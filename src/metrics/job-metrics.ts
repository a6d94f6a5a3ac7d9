import { Counter, Histogram, type Registry } from "prom-client";
import type { Observations } from "../observations.js";
import type { Job } from "../services/job.js";

/** From a lone job on an idle engine to one that waited behind a day's work. */
const JOB_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600];

/** What becomes of jobs, how long each part of their way takes, and what they cost; of this instance's steps alone. */
export function countJobs(registry: Registry, observations: Observations, pricePerJobUsd: number): void {
  const registers = [registry];
  const steps = new Counter({
    name: "punchin_job_events_total",
    help: "Steps of jobs, by what happened; accepted, unconfirmed, fallback and taken-over among them.",
    labelNames: ["event"],
    registers,
  });
  const finished = new Counter({
    name: "punchin_jobs_finished_total",
    help: "Jobs that ended, by final status and, for FAILED, error code.",
    labelNames: ["status", "code"],
    registers,
  });
  const histogram = (name: string, help: string) => new Histogram({ name, help, buckets: JOB_SECONDS, registers });
  const sendWait = histogram("punchin_job_send_wait_seconds", "From a job's acceptance until the engine had taken it.");
  const queued = histogram("punchin_job_queue_seconds", "From there until its first run started.");
  const run = histogram("punchin_job_run_seconds", "From the start of the last run to the end.");
  const duration = new Histogram({
    name: "punchin_job_duration_seconds",
    help: "From a job's acceptance to its end.",
    labelNames: ["status"],
    buckets: JOB_SECONDS,
    registers,
  });
  const spend = new Counter({
    name: "punchin_spend_dollars_total",
    help: "PRICE_PER_JOB_USD for each ended job that was billed (YES), or may have been (UNKNOWN).",
    labelNames: ["billed"],
    registers,
  });
  const units = new Counter({
    name: "punchin_billable_units_total",
    help: "Units that the engine said it charged.",
    registers,
  });

  observations.on("job-step", ({ name, before, after }) => {
    steps.inc({ event: name });
    observeSpan(sendWait, before?.submittedAt, after.submittedAt, after.createdAt);
    observeSpan(queued, before?.startedAt, after.startedAt, after.submittedAt);
    if (after.finishedAt === null || before?.finishedAt !== null) return;
    const { status, error, billed, billableUnits, createdAt, startedAt, finishedAt } = after;
    finished.inc({ status, code: error?.code ?? "none" });
    duration.observe({ status }, (finishedAt - createdAt) / 1_000);
    observeSpan(run, null, finishedAt, startedAt);
    if (billed !== "NO") spend.inc({ billed }, pricePerJobUsd);
    units.inc(billableUnits ?? 0);
  });
}

/** When the step has brought the span's end. A clock that was set back makes no negative time. */
function observeSpan(
  histogram: Histogram,
  endBefore: Job["startedAt"] | undefined,
  end: number | null,
  start: number | null,
): void {
  if ((endBefore ?? null) === null && end !== null && start !== null) {
    histogram.observe(Math.max(0, end - start) / 1_000);
  }
}
