import type { Logger } from "pino";
import { NotFoundError } from "../../errors.js";
import { Observations } from "../../observations.js";
import { findFor, mayLookAt } from "../access/sight.js";
import { decodeEventCursor } from "../cursor.js";
import type { Caller, Job, JobUpdate } from "../job.js";
import { reasonOf } from "../reason-of.js";
import type { CommittedStep } from "../store/job-change.js";
import type { JobStore } from "../store/job-store.js";
import { SharedUpdates } from "./shared-updates.js";
import { Watch, type WatchDependencies } from "./watch.js";
import { WatchedJob } from "./watched-job.js";

/** A lost wake-up heals after this long, and queue positions are told at most this often. */
const SWEEP_MS = 1_000;

/**
 * Serves watchers from the event log: replay and live are the same read, so nothing falls between them. A watcher pulls
 * at its own pace and holds no buffer of its own, so a slow one costs nothing and misses nothing.
 */
export class JobFeed {
  private readonly watched = new Map<string, WatchedJob>();
  private readonly watches = new Set<Watch>();
  private readonly shared = new SharedUpdates();
  private closed = false;
  private readonly sweepTimer: NodeJS.Timeout;
  private sweeping = false;
  private readonly dependencies: WatchDependencies;

  constructor(
    private readonly store: JobStore,
    private readonly logger: Logger,
    maxLogLines: number,
    private readonly observations = new Observations(),
  ) {
    this.dependencies = {
      store,
      shared: this.shared,
      maxLogLines,
      open: (watch, job) => this.open(watch, job),
      release: (watch, watched) => this.release(watch, watched),
    };
    this.sweepTimer = setInterval(() => void this.sweep(), SWEEP_MS);
    this.sweepTimer.unref();
  }

  /** This instance has just committed these steps. */
  tell(steps: readonly CommittedStep[]): void {
    for (const step of steps) this.watched.get(step.job.id)?.learn(step);
  }

  /** Another instance has committed new events of these jobs. */
  wake(jobIds: readonly string[]): void {
    for (const jobId of jobIds) this.watched.get(jobId)?.refresh();
  }

  isWatched(jobId: string): boolean {
    return this.watched.has(jobId);
  }

  /** See Services.watchJob. */
  async watch(caller: Caller, jobId: string, after: string | null): Promise<AsyncIterableIterator<JobUpdate>> {
    const job = this.findWatched(caller, jobId, after) ?? (await findFor(this.store, caller, jobId));
    if (!job) throw new NotFoundError("There is no such job. Use the id that inpaintAudio returned.");
    const position = after === null ? null : decodeEventCursor(after, job);
    return new Watch(this.dependencies, job, position);
  }

  /** Ends every watch; watchers come back with their cursors. */
  close(): void {
    clearInterval(this.sweepTimer);
    this.closed = true;
    for (const watch of this.watches) watch.end();
  }

  /** Who may look at a job that is watched need not wait for the store, except to learn whether a cursor is too new. */
  private findWatched(caller: Caller, jobId: string, after: string | null): Job | null {
    const watched = after === null ? this.watched.get(jobId) : undefined;
    return watched && !watched.gone && mayLookAt(caller, watched.job) ? watched.job : null;
  }

  private open(watch: Watch, job: Job): WatchedJob | null {
    if (this.closed) return null;
    this.watches.add(watch);
    let watched = this.watched.get(job.id);
    if (!watched) {
      watched = new WatchedJob(this.store, this.logger, this.observations, job);
      this.watched.set(job.id, watched);
      watched.refresh();
    } else if (job.lastSequence > watched.job.lastSequence) watched.refresh();
    watched.watchers += 1;
    return watched;
  }

  private release(watch: Watch, watched: WatchedJob): void {
    this.watches.delete(watch);
    watched.watchers -= 1;
    if (watched.watchers === 0) this.watched.delete(watched.job.id);
  }

  private async sweep(): Promise<void> {
    this.shared.forget();
    if (this.sweeping || this.watched.size === 0) return;
    this.sweeping = true;
    try {
      const standings = await this.store.findStandings([...this.watched.keys()]);
      for (const standing of standings) this.watched.get(standing.id)?.adopt(standing);
    } catch (error) {
      this.logger.warn({ reason: reasonOf(error) }, "watched jobs could not be read; trying again");
    } finally {
      this.sweeping = false;
    }
  }
}
