import type { Logger } from "pino";
import { NotFoundError } from "../../errors.js";
import { Observations } from "../../observations.js";
import { findFor } from "../access/sight.js";
import { decodeEventCursor, encodeEventCursor } from "../cursor.js";
import type { Caller, Job, JobUpdate, LogLine } from "../job.js";
import { isFinished } from "../job-state.js";
import { reasonOf } from "../reason-of.js";
import type { CommittedStep } from "../store/job-change.js";
import type { JobStore } from "../store/job-store.js";
import { WatchedJob } from "./watched-job.js";

/** A lost wake-up heals after this long, and queue positions are told at most this often. */
const SWEEP_MS = 1_000;

/**
 * Serves watchers from the event log: replay and live are the same read, so nothing falls between them. A watcher pulls
 * at its own pace and holds no buffer of its own, so a slow one costs nothing and misses nothing.
 */
export class JobFeed {
  private readonly watched = new Map<string, WatchedJob>();
  private readonly watches = new Set<AbortController>();
  private closed = false;
  private readonly sweepTimer: NodeJS.Timeout;
  private sweeping = false;

  constructor(
    private readonly store: JobStore,
    private readonly logger: Logger,
    private readonly maxLogLines: number,
    private readonly observations = new Observations(),
  ) {
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
    const job = await findFor(this.store, caller, jobId);
    if (!job) throw new NotFoundError("There is no such job. Use the id that inpaintAudio returned.");
    const position = after === null ? null : decodeEventCursor(after, job);
    const ending = new AbortController();
    const updates = this.updates(job, position, ending);
    const watch: AsyncIterableIterator<JobUpdate> = {
      next: () => updates.next(),
      // A generator can't return while it awaits; the signal ends what it awaits.
      return: () => {
        ending.abort();
        return updates.return();
      },
      [Symbol.asyncIterator]: () => watch,
    };
    return watch;
  }

  /** Ends every watch; watchers come back with their cursors. */
  close(): void {
    clearInterval(this.sweepTimer);
    this.closed = true;
    for (const watch of this.watches) watch.abort();
  }

  private async *updates(found: Job, after: number | null, ending: AbortController): AsyncGenerator<JobUpdate, void> {
    const { signal } = ending;
    if (this.closed) return;
    this.watches.add(ending);
    // Subscribed before anything is read: what is committed from here on wakes this watcher.
    const watched = this.open(found);
    try {
      let position = after ?? 0;
      let toldPosition = watched.job.queuePosition;
      if (after === null) {
        const { job } = watched;
        position = job.lastSequence;
        const logs = await this.store.readLogs(job.id, this.maxLogLines, position);
        toldPosition = job.queuePosition;
        yield update(job, job, true, logs);
      }
      while (!signal.aborted && !watched.gone) {
        const { version } = watched;
        const events = await watched.eventsAfter(position);
        for (const event of events) {
          position = event.sequence;
          toldPosition = watched.job.queuePosition;
          yield update(watched.job, { ...event, lastSequence: event.sequence }, false, event.logs);
        }
        if (events.length > 0) continue;
        if (isFinished(watched.job) && position >= watched.job.lastSequence) return;
        if (watched.job.queuePosition !== toldPosition && position >= watched.job.lastSequence) {
          toldPosition = watched.job.queuePosition;
          yield update(watched.job, watched.job, false, []);
          continue;
        }
        await watched.changedSince(version, signal);
      }
    } finally {
      this.watches.delete(ending);
      this.release(watched);
    }
  }

  private open(job: Job): WatchedJob {
    let watched = this.watched.get(job.id);
    if (!watched) {
      watched = new WatchedJob(this.store, this.logger, this.observations, job);
      this.watched.set(job.id, watched);
    }
    watched.watchers += 1;
    watched.refresh();
    return watched;
  }

  private release(watched: WatchedJob): void {
    watched.watchers -= 1;
    if (watched.watchers === 0) this.watched.delete(watched.job.id);
  }

  private async sweep(): Promise<void> {
    if (this.sweeping || this.watched.size === 0) return;
    this.sweeping = true;
    try {
      for (const job of await this.store.findMany([...this.watched.keys()])) this.watched.get(job.id)?.adopt(job);
    } catch (error) {
      this.logger.warn({ reason: reasonOf(error) }, "watched jobs could not be read; trying again");
    } finally {
      this.sweeping = false;
    }
  }
}

function update(
  job: Job,
  state: Pick<Job, "status" | "progress" | "lastSequence">,
  snapshot: boolean,
  logs: readonly LogLine[],
): JobUpdate {
  return {
    cursor: encodeEventCursor(job.id, state.lastSequence),
    snapshot,
    status: state.status,
    queuePosition: state.status === "IN_QUEUE" ? job.queuePosition : null,
    progress: state.progress,
    logs,
    job,
  };
}
