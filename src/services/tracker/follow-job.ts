import type { Logger } from "pino";
import type { UpstreamStatus } from "../fal/decode.js";
import type { FalQueue } from "../fal/fal-queue.js";
import { UpstreamResponseError } from "../fal/transport.js";
import type { Job } from "../job.js";
import { cancel, complete, fail, isFinished, observe } from "../job-state.js";
import { changeJob } from "../jobs/change-job.js";
import type { JobStore, NewLogLine } from "../store/job-store.js";
import { Backoff } from "./backoff.js";
import { LogMerge } from "./log-merge.js";

export interface FollowDependencies {
  readonly store: JobStore;
  readonly queue: FalQueue;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly maxLogLines: number;
  readonly instanceId: string;
}

/** Positions move often; they are written at most this often. */
const POSITION_INTERVAL_MS = 1_000;
/** A request that upstream still answers 404 for after this long is lost there. */
const FORGOTTEN_AFTER_MS = 60_000;

/**
 * Follows one submitted job to its end and writes down all that upstream tells. The status stream comes first; it is a
 * wake-up, not the truth: whenever it ends, the status is asked for, and the end is told only with the result in hand.
 * Trouble upstream or in the store is waited out: the follower gives up only when `signal` fires, or when the job has
 * become another instance's: every step is taken only while this one owns the job.
 */
export class JobFollower {
  private readonly backoff = new Backoff(500, 15_000);
  private logs = new LogMerge([]);
  private positionWrittenAt = 0;
  private cancelPassedOn = false;
  private cancelPassing: Promise<void> | null = null;

  constructor(
    private job: Job,
    private readonly dependencies: FollowDependencies,
    private readonly signal: AbortSignal,
  ) {}

  /** Resolves when the job is finished or another's, or `signal` fired; never rejects. */
  async run(): Promise<void> {
    let reload = true;
    while (!this.signal.aborted && !isFinished(this.job)) {
      try {
        if (reload) await this.load();
        if (this.job.ownerId !== this.dependencies.instanceId) return;
        reload = true;
        if (this.job.cancelRequestedAt !== null) this.passCancelOn();
        await this.followStream();
        await this.poll();
        reload = false;
        if (!isFinished(this.job)) await this.backoff.wait(this.signal);
      } catch (error) {
        if (this.signal.aborted) return;
        if (await this.endIfForgotten(error)) return;
        this.log().warn({ reason: (error as Error).message }, "following goes on after trouble");
        await this.backoff.wait(this.signal).catch(() => {});
      }
    }
  }

  /** The caller wants the job cancelled: told to upstream until upstream has answered. */
  passCancelOn(): void {
    if (this.cancelPassedOn || this.cancelPassing || this.job.requestId === null) return;
    const { requestId } = this.job;
    this.cancelPassing = this.dependencies.queue
      .cancel(requestId)
      .then((word) => {
        this.cancelPassedOn = true;
        this.log().info({ word }, "cancel passed on");
      })
      .catch((error: Error) => this.log().warn({ reason: error.message }, "cancel not passed on yet"))
      .finally(() => {
        this.cancelPassing = null;
      });
  }

  private async load(): Promise<void> {
    this.job = (await this.dependencies.store.find(this.job.id)) ?? this.job;
    this.logs = new LogMerge(
      await this.dependencies.store.readLogs(this.job.id, this.dependencies.maxLogLines, this.job.lastSequence),
    );
  }

  private async followStream(): Promise<void> {
    const newLines = this.logs.openWindow();
    try {
      for await (const status of this.dependencies.queue.streamStatus(this.requestId(), this.signal)) {
        this.backoff.reset();
        if (status.status === "COMPLETED") {
          await this.writeLogs(newLines(status.logs));
          return;
        }
        await this.write(status, newLines(status.logs));
      }
    } catch (error) {
      if (this.signal.aborted) throw error;
      this.log().debug({ reason: (error as Error).message }, "status stream ended, asking for the status");
    }
  }

  private async poll(): Promise<void> {
    const status = await this.dependencies.queue.status(this.requestId(), this.signal);
    const lines = this.logs.openWindow()(status.logs);
    if (status.status !== "COMPLETED") return this.write(status, lines);
    await this.writeLogs(lines);
    await this.finish(status.inferenceSeconds);
  }

  /** Commits what a status brings, if it brings anything. */
  private async write(status: UpstreamStatus, lines: UpstreamStatus["logs"]): Promise<void> {
    if (status.status === "COMPLETED") return;
    const { status: name, progress } = status;
    const at = this.dependencies.clock();
    const next = observe(this.job, name, progress, at);
    const logs = this.newLogLines(lines, at);
    if (next && (next.status !== this.job.status || next.progress !== this.job.progress || logs.length > 0)) {
      await this.step({ name: "status", at, logs }, (job) => observe(job, name, progress, at));
    }
    if (name === "IN_QUEUE") await this.writePosition(status.queuePosition, at);
  }

  private async writeLogs(lines: UpstreamStatus["logs"]): Promise<void> {
    const at = this.dependencies.clock();
    const logs = this.newLogLines(lines, at);
    if (logs.length === 0) return;
    await this.step({ name: "status", at, logs }, (job) => (isFinished(job) ? null : job));
  }

  private async writePosition(position: number | null, at: number): Promise<void> {
    if (position === this.job.queuePosition || at - this.positionWrittenAt < POSITION_INTERVAL_MS) return;
    this.positionWrittenAt = at;
    await this.dependencies.store.setQueuePosition(this.job, position);
    this.job = { ...this.job, queuePosition: position };
  }

  private async finish(inferenceSeconds: number | null): Promise<void> {
    const outcome = await this.dependencies.queue.result(this.requestId(), this.job.input.seed, this.signal);
    // Upstream says COMPLETED and yet has no result: asked again after a pause.
    if (outcome.kind === "pending") return;
    const settlement = { ...outcome.settlement, inferenceSeconds };
    const at = this.dependencies.clock();
    await this.step({ name: "finished", at }, (job) => {
      if (outcome.kind === "output") return complete(job, outcome.output, settlement, at);
      if (outcome.kind === "cancelled") return cancel(job, settlement, at);
      return fail(job, outcome.error, settlement, at);
    });
    this.log().info({ status: this.job.status, code: this.job.error?.code }, "job finished");
  }

  /** Upstream does not know the request (any more). It may be slow to know a new one, so it is given time. */
  private async endIfForgotten(error: unknown): Promise<boolean> {
    const age = this.dependencies.clock() - (this.job.submittedAt ?? this.dependencies.clock());
    if (!(error instanceof UpstreamResponseError) || error.status !== 404 || age < FORGOTTEN_AFTER_MS) return false;
    return this.finish(null).then(
      () => isFinished(this.job),
      () => false,
    );
  }

  /** Throws when the step is not legal any more: what is stored is then read again before the next one. */
  private async step(change: Parameters<typeof changeJob>[2], next: (job: Job) => Job | null): Promise<void> {
    const { store, instanceId } = this.dependencies;
    const changed = await changeJob(store, this.job, change, (job) => (job.ownerId === instanceId ? next(job) : null));
    if (!changed) throw new Error("the job was changed by somebody else");
    // Stored positions are not part of a change.
    this.job = { ...changed, queuePosition: changed.status === "IN_QUEUE" ? this.job.queuePosition : null };
  }

  private newLogLines(lines: UpstreamStatus["logs"], at: number): NewLogLine[] {
    const room = this.dependencies.maxLogLines - this.job.logCount;
    if (lines.length > 0 && room <= 0) return [];
    const kept = lines.slice(0, room).map((line) => ({ ...line, timestamp: line.timestamp ?? at }));
    const last = kept.at(-1);
    if (last && kept.length === room) {
      kept[kept.length - 1] = {
        ...last,
        level: "WARN",
        message: `Only the first ${this.dependencies.maxLogLines - 1} log lines are kept.`,
      };
    }
    return kept;
  }

  private requestId(): string {
    if (this.job.requestId === null) throw new Error("the job has no request id yet");
    return this.job.requestId;
  }

  private log(): Logger {
    return this.dependencies.logger.child({ jobId: this.job.id, requestId: this.job.requestId });
  }
}
