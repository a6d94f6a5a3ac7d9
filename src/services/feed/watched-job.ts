import type { Logger } from "pino";
import type { Observations } from "../../observations.js";
import type { Job } from "../job.js";
import { reasonOf } from "../reason-of.js";
import type { CommittedStep, JobEvent } from "../store/job-change.js";
import type { JobStanding } from "../store/job-rows.js";
import type { JobStore } from "../store/job-store.js";

/** How many of the newest events are shared from memory; who is further behind reads the store. */
const MAX_TAIL_EVENTS = 256;
const READ_LIMIT = 500;
/** What watchers do with an update takes a millisecond for so many; then it is others' turn. */
const WAKES_PER_TURN = 50;

/** One who waits for news of a job, until it ends. */
export interface Watcher {
  readonly hasEnded: boolean;
  /** Ends its waiting; set by who makes it wait. */
  wake: () => void;
}

/**
 * One job that somebody on this instance watches: each of its events is learnt once and shared by all watchers. Steps of
 * this very instance are handed over as they are committed; those of others are read.
 */
export class WatchedJob {
  watchers = 0;
  private readonly tail: JobEvent[] = [];
  private reading: Promise<void> | null = null;
  private readAgain = false;
  private readonly waiting = new Set<() => void>();
  /** Counts what was learnt, so that a watcher can tell whether it missed a wake-up while it read. */
  version = 0;
  /** The job was removed from the store. */
  gone = false;
  /** Up to this event, all that came since somebody watches is known. */
  private knownUpTo: number;

  constructor(
    private readonly store: JobStore,
    private readonly logger: Logger,
    private readonly observations: Observations,
    /** As it was when it was last read; at least as new as the events that are given out. */
    public job: Job,
  ) {
    this.knownUpTo = job.lastSequence;
  }

  /** A step that this instance has just committed: it has to be read only where something before it is not known yet. */
  learn({ event, job }: CommittedStep): void {
    // A job's place in the queue is counted when it is read.
    if (this.reading || event.sequence !== this.knownUpTo + 1 || job.status === "IN_QUEUE") this.refresh();
    else this.add([event], job);
  }

  /**
   * Reads what is new and wakes the watchers. Calls that come while it reads share one more read. A store in trouble is
   * waited out: the feed's sweep comes back.
   */
  refresh(): void {
    if (this.reading) {
      this.readAgain = true;
      return;
    }
    this.reading = this.read()
      .catch((error: Error) =>
        this.logger.warn({ jobId: this.job.id, reason: reasonOf(error) }, "a watched job could not be read"),
      )
      .finally(() => {
        this.reading = null;
        if (this.readAgain) {
          this.readAgain = false;
          this.refresh();
        }
      });
  }

  /** Takes note of how far the job was when it was last looked at. */
  adopt({ lastSequence, queuePosition }: JobStanding): void {
    if (lastSequence > this.knownUpTo) this.refresh();
    else if (lastSequence === this.job.lastSequence && queuePosition !== this.job.queuePosition) {
      this.job = { ...this.job, queuePosition };
      this.wakeWatchers();
    }
  }

  /**
   * The events right after `sequence`, a page of them, oldest first; empty when none is there to be given out yet: the job
   * may have been read when it was newer than the events, which then come with the next read, for all watchers at once.
   */
  async eventsAfter(sequence: number): Promise<readonly JobEvent[]> {
    if (sequence >= this.knownUpTo) return [];
    const first = this.tail[0];
    if (first && first.sequence <= sequence + 1) return this.tail.slice(sequence + 1 - first.sequence);
    const events = await this.store.eventsSince(this.job.id, sequence, READ_LIMIT);
    return events.filter((event) => event.sequence <= this.job.lastSequence);
  }

  /** Resolves once something was learnt after `version`, or when the watcher has ended. */
  changedSince(version: number, watcher: Watcher): Promise<void> {
    if (this.version !== version || watcher.hasEnded) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        resolve();
      };
      this.waiting.add(wake);
      watcher.wake = wake;
    });
  }

  private async read(): Promise<void> {
    const { events, job } = await this.store.newsSince(this.job.id, this.knownUpTo);
    if (!job) {
      this.gone = true;
      return this.wakeWatchers();
    }
    this.add(events, job);
    // What was committed between the two reads comes with the next one.
    if (this.knownUpTo < job.lastSequence) this.readAgain = true;
  }

  private add(events: readonly JobEvent[], job: Job): void {
    const now = Date.now();
    for (const { at } of events) this.observations.emit("event-learnt", { lagMs: now - at });
    this.knownUpTo = events.at(-1)?.sequence ?? this.knownUpTo;
    this.tail.push(...events);
    this.tail.splice(0, this.tail.length - MAX_TAIL_EVENTS);
    this.job = job;
    this.wakeWatchers();
  }

  private wakeWatchers(): void {
    this.version += 1;
    wakeInTurns([...this.waiting]);
  }
}

function wakeInTurns(wakes: readonly (() => void)[], from = 0): void {
  const next = from + WAKES_PER_TURN;
  for (const wake of wakes.slice(from, next)) wake();
  if (next < wakes.length) setImmediate(() => wakeInTurns(wakes, next));
}
