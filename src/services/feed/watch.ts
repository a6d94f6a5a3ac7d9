import type { Job, JobUpdate } from "../job.js";
import { isFinished } from "../job-state.js";
import type { JobEvent } from "../store/job-change.js";
import type { JobStore } from "../store/job-store.js";
import type { SharedUpdates } from "./shared-updates.js";
import type { WatchedJob, Watcher } from "./watched-job.js";

export interface WatchDependencies {
  readonly store: JobStore;
  readonly shared: SharedUpdates;
  readonly maxLogLines: number;
  /** Called at the first pull: what is committed from then on wakes the watcher. Null: the feed has closed. */
  open(watch: Watch, job: Job): WatchedJob | null;
  /** Called once, if it was opened. */
  release(watch: Watch, watched: WatchedJob): void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** One watcher's way through a job's events: where it stands, and nothing of what has come since. Pulled one at a time. */
export class Watch implements AsyncIterableIterator<JobUpdate>, Watcher {
  hasEnded = false;
  wake: () => void = () => {};
  /** As it was found; null once it is watched. */
  #found: Job | null;
  #watched: WatchedJob | null = null;
  /** Null: the snapshot comes first. */
  #position: number | null;
  #toldPosition: number | null = null;
  /** What has been read and not given out. */
  #events: readonly JobEvent[] = [];
  #given = 0;

  /** @param after the event that the watcher has; null: none. */
  constructor(
    private readonly dependencies: WatchDependencies,
    found: Job,
    after: number | null,
  ) {
    this.#found = found;
    this.#position = after;
  }

  async next(): Promise<IteratorResult<JobUpdate, undefined>> {
    try {
      const watched = this.hasEnded ? null : this.#open();
      if (watched !== null && this.#position === null) return { done: false, value: await this.#readSnapshot(watched) };
      while (watched !== null && !this.hasEnded && !watched.gone) {
        const { version } = watched;
        const event = this.#events[this.#given];
        if (event !== undefined) {
          this.#given += 1;
          this.#position = event.sequence;
          return { done: false, value: this.#tell(watched, event) };
        }
        const position = this.#position ?? 0;
        this.#events = await watched.eventsAfter(position);
        this.#given = 0;
        if (this.#events.length > 0) continue;
        if (position >= watched.job.lastSequence) {
          if (isFinished(watched.job)) break;
          if (watched.job.queuePosition !== this.#toldPosition)
            return { done: false, value: this.#tell(watched, null) };
        }
        await watched.changedSince(version, this);
      }
    } catch (error) {
      this.end();
      throw error;
    }
    this.end();
    return DONE;
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.end();
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Also while an update is awaited, which then does not come. */
  end(): void {
    this.hasEnded = true;
    this.wake();
    const watched = this.#watched;
    this.#watched = null;
    if (watched !== null) this.dependencies.release(this, watched);
  }

  #open(): WatchedJob | null {
    if (this.#found === null) return this.#watched;
    this.#watched = this.dependencies.open(this, this.#found);
    this.#found = null;
    this.#toldPosition = this.#watched?.job.queuePosition ?? null;
    return this.#watched;
  }

  #readSnapshot({ job }: WatchedJob): Promise<JobUpdate> {
    const { store, shared, maxLogLines } = this.dependencies;
    this.#position = job.lastSequence;
    this.#toldPosition = job.queuePosition;
    return shared.snapshotOf(job, () => store.readLogs(job.id, maxLogLines, job.lastSequence));
  }

  #tell({ job }: WatchedJob, event: JobEvent | null): JobUpdate {
    this.#toldPosition = job.queuePosition;
    return this.dependencies.shared.of(job, event);
  }
}
