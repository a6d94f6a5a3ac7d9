import { setImmediate } from "node:timers/promises";
import { decodeLogLines, type UpstreamLogLine, type UpstreamStatus } from "../fal/decode.js";
import type { Job } from "../job.js";
import { isFinished, observe } from "../job-state.js";
import { changeJob } from "../jobs/change-job.js";
import type { NewLogLine } from "../store/job-change.js";
import type { JobStore } from "../store/job-store.js";
import { LogBudget, type LogLimits } from "./log-budget.js";
import { LogMerge } from "./log-merge.js";
import { PacedWriter } from "./paced-writer.js";

export interface RecordDependencies {
  readonly store: JobStore;
  readonly clock: () => number;
  readonly instanceId: string;
  readonly limits: LogLimits;
}

type PickNew = (lines: readonly UpstreamLogLine[]) => UpstreamLogLine[];

/** fal runs a request 10 times at most. Beyond this a job stays in the state that it is in, until its end. */
const MOST_STATE_CHANGES = 40;
/** More lines than this make several events: each is a few milliseconds' work, here and for every watcher. */
const LINES_PER_EVENT = 500;
const POSITION_EVERY_MS = 1_000;
/** Smooth enough for a progress bar. */
const PROGRESS_EVERY_MS = 250;

/**
 * What is stored of a followed job, and how more is stored: every step is taken only while the job is this instance's.
 * What moves often is written at a bounded rate.
 */
export class JobRecord {
  private readonly position: PacedWriter<number | null>;
  private readonly progress: PacedWriter<number>;
  private logs = new LogMerge([]);
  private budget: LogBudget;
  private stateChanges = 0;

  constructor(
    private current: Job,
    private readonly dependencies: RecordDependencies,
  ) {
    this.budget = new LogBudget([], dependencies.limits);
    this.position = new PacedWriter(POSITION_EVERY_MS, (position) =>
      dependencies.store.setQueuePosition(this.current, position),
    );
    this.progress = new PacedWriter(PROGRESS_EVERY_MS, (progress) => this.writeProgress(progress));
  }

  get job(): Job {
    return this.current;
  }

  /** Only jobs that upstream has are followed. */
  get requestId(): string {
    const { requestId } = this.current;
    if (requestId === null) throw new Error("the job has no request id yet");
    return requestId;
  }

  isOurs(): boolean {
    return this.current.ownerId === this.dependencies.instanceId;
  }

  /** Reads the job and its log anew. */
  async load(): Promise<void> {
    const { store, limits } = this.dependencies;
    this.current = (await store.find(this.current.id)) ?? this.current;
    const stored = await store.readLogs(this.current.id, limits.maxLogLines, this.current.lastSequence);
    this.logs = new LogMerge(stored);
    this.budget = new LogBudget(stored, limits);
  }

  /**
   * Commits what a status brings, if it brings anything. In between many lines it is others' turn.
   * @returns whether there was news.
   */
  async write(status: UpstreamStatus): Promise<boolean> {
    const { logs } = status;
    const pickNew = this.logs.openWindow();
    let isNews = await this.writeEvent(status, pickNew, logs.slice(0, LINES_PER_EVENT));
    // Once the log is full, nothing is new.
    for (let start = LINES_PER_EVENT; start < logs.length && !this.budget.isSpent; start += LINES_PER_EVENT) {
      await setImmediate();
      isNews = (await this.writeEvent(status, pickNew, logs.slice(start, start + LINES_PER_EVENT))) || isNews;
    }
    return isNews;
  }

  /** Throws when the step is not legal any more: what is stored is then to be loaded again. */
  async step(change: Parameters<typeof changeJob>[2], next: (job: Job) => Job | null): Promise<void> {
    const { store, instanceId } = this.dependencies;
    const changed = await changeJob(store, this.current, change, (job) =>
      job.ownerId === instanceId ? next(job) : null,
    );
    if (!changed) throw new Error("the job was changed by somebody else");
    this.current = changed;
  }

  /** The stream gave out, and the status is asked for in its place. */
  noteFallback(): Promise<void> {
    return this.step({ name: "fallback", at: this.dependencies.clock() }, (job) => (isFinished(job) ? null : job));
  }

  close(): void {
    this.position.close();
    this.progress.close();
  }

  /** Only within the run that it was told of. */
  private async writeProgress(progress: number): Promise<void> {
    const { status, startedAt } = this.current;
    if (status !== "IN_PROGRESS" || progress <= (this.current.progress ?? -1)) return;
    const at = this.dependencies.clock();
    await this.step({ name: "status", at }, (job) =>
      job.status === status && job.startedAt === startedAt ? observe(job, "IN_PROGRESS", progress, at) : null,
    );
  }

  /** What upstream says, unless it has gone back and forth too often. */
  private credible(told: UpstreamStatus["status"]): UpstreamStatus["status"] {
    const { status } = this.current;
    const isTold = told === "COMPLETED" || this.stateChanges < MOST_STATE_CHANGES;
    return isTold || (status !== "IN_QUEUE" && status !== "IN_PROGRESS") ? told : status;
  }

  private async writeEvent(
    { status: told, queuePosition, progress }: UpstreamStatus,
    pickNew: PickNew,
    lines: readonly unknown[],
  ): Promise<boolean> {
    const name = this.credible(told);
    const at = this.dependencies.clock();
    const logs = this.keptLines(pickNew, lines, at);
    // A COMPLETED is told with the result in hand; until then the job stays what it is.
    if (name === "COMPLETED") {
      if (logs.length > 0) await this.step({ name: "status", at, logs }, (job) => (isFinished(job) ? null : job));
      return logs.length > 0;
    }
    if (name === "IN_QUEUE") this.position.tell(queuePosition);
    const isNews = name !== this.current.status || logs.length > 0;
    if (!isNews) {
      if (name === "IN_PROGRESS" && progress !== null) this.progress.tell(progress);
      return false;
    }
    const event = name === this.current.status ? "status" : name === "IN_PROGRESS" ? "started" : "requeued";
    if (name !== this.current.status) {
      this.stateChanges += 1;
      this.progress.forget();
    }
    await this.step({ name: event, at, logs }, (job) => observe(job, name, progress, at));
    return true;
  }

  private keptLines(pickNew: PickNew, lines: readonly unknown[], at: number): NewLogLine[] {
    if (lines.length === 0 || this.budget.isSpent) return [];
    const fresh = this.budget.admit(pickNew(decodeLogLines(lines)));
    return fresh.map((line) => ({ ...line, timestamp: line.timestamp ?? at }));
  }
}
