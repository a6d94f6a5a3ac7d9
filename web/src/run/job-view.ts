import type { JobUpdate } from "../api/follow-job";
import { readFragment } from "../gql";
import {
  type JobStateFragment,
  JobStateFragmentDoc,
  type LogLineFragment,
  LogLineFragmentDoc,
  type RunInputFragment,
  RunInputFragmentDoc,
} from "../gql/graphql";

/** A job as the page knows it from its updates. */
export interface JobView {
  readonly id: string;
  readonly status: JobStateFragment["status"];
  readonly queuePosition: number | null;
  /** 0 to 1 as the engine reports it; null: unknown. */
  readonly progress: number | null;
  readonly logs: readonly LogLineFragment[];
  readonly job: JobStateFragment;
  readonly input: RunInputFragment["input"];
}

/** More is not read by anyone, and would make the page slow. */
const MAX_LOG_LINES = 500;

/** What is known after one more update. */
export function applyUpdate(view: JobView | null, update: JobUpdate): JobView {
  const job = readFragment(JobStateFragmentDoc, update.job);
  const earlier = update.snapshot || view?.id !== job.id ? [] : view.logs;
  const last = earlier.at(-1)?.sequence ?? 0;
  const lines = update.logs
    .map((line) => readFragment(LogLineFragmentDoc, line))
    .filter(({ sequence }) => sequence > last);
  return {
    id: job.id,
    status: update.status,
    queuePosition: update.queuePosition ?? null,
    progress: update.progress ?? null,
    logs: [...earlier, ...lines].slice(-MAX_LOG_LINES),
    job,
    input: readFragment(RunInputFragmentDoc, job).input,
  };
}

export function isFinished(status: JobStateFragment["status"]): boolean {
  return status === "COMPLETED" || status === "FAILED" || status === "CANCELLED";
}
