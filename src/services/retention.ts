import type { Logger } from "pino";
import type { Quotas } from "./quotas/quotas.js";
import { reasonOf } from "./reason-of.js";
import type { JobHistory } from "./store/job-history.js";

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
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | null = null;
  private closed = false;

  constructor(private readonly dependencies: RetentionDependencies) {}

  start(): void {
    this.timer = setInterval(() => this.sweep(), SWEEP_MS);
    this.sweep();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.sweeping;
  }

  private sweep(): void {
    this.sweeping ??= this.clean()
      .catch((error: unknown) =>
        this.dependencies.logger.warn({ reason: reasonOf(error) }, "old jobs were not removed"),
      )
      .finally(() => {
        this.sweeping = null;
      });
  }

  private async clean(): Promise<void> {
    const { history, quotas, clock, retentionDays, onRemoved } = this.dependencies;
    const now = clock();
    await quotas.forgetOld();
    while (!this.closed) {
      const removed = await history.removeFinished(now - retentionDays * DAY_MS);
      if (removed.length === 0) break;
      await onRemoved(removed);
      await nextTurn();
    }
    while (!this.closed && (await history.compactFinished(now - COMPACT_AFTER_MS)) > 0) await nextTurn();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
