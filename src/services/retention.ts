import type { Logger } from "pino";
import type { Quotas } from "./quotas/quotas.js";
import type { JobHistory } from "./store/job-history.js";
import { Sweep } from "./sweep.js";

export interface RetentionDependencies {
  readonly history: JobHistory;
  readonly quotas: Quotas;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly retentionDays: number;
  /** Told the ids of jobs that were removed. */
  readonly onRemoved: (jobIds: readonly string[]) => Promise<void>;
}

const SWEEP_MS = 60_000;
const DAY_MS = 24 * 60 * 60 * 1_000;
/** A finished job keeps every event this long, for watchers who come back. */
const COMPACT_AFTER_MS = 60 * 60 * 1_000;

/**
 * Removes what is old, in small batches between which others get their turn: finished jobs after the retention time, and
 * before that those events of theirs that tell only of progress or status: what stays of these stands in the job's row.
 * Log lines are never removed or renumbered, so a cursor stays good as long as its job exists.
 */
export class Retention {
  private readonly sweep: Sweep;

  constructor(private readonly dependencies: RetentionDependencies) {
    const { logger } = dependencies;
    this.sweep = new Sweep(() => this.clean(), { everyMs: SWEEP_MS, logger, failure: "old jobs were not removed" });
  }

  start(): void {
    this.sweep.start();
  }

  close(): Promise<void> {
    return this.sweep.close();
  }

  private async clean(): Promise<void> {
    const { history, quotas, clock, retentionDays, onRemoved } = this.dependencies;
    const now = clock();
    await quotas.forgetOld();
    while (!this.sweep.signal.aborted) {
      const removed = await history.removeFinished(now - retentionDays * DAY_MS);
      if (removed.length === 0) break;
      await onRemoved(removed);
      await nextTurn();
    }
    while (!this.sweep.signal.aborted && (await history.compactFinished(now - COMPACT_AFTER_MS)) > 0) await nextTurn();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
