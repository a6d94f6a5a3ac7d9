import type { Logger } from "pino";
import type { UpstreamStatus } from "../fal/decode.js";
import type { FalQueue } from "../fal/fal-queue.js";
import { UpstreamResponseError } from "../fal/transport.js";
import type { Job } from "../job.js";
import { cancel, complete, fail, isFinished, observe } from "../job-state.js";
import { changeJob } from "../jobs/change-job.js";
import { reasonOf } from "../reason-of.js";
import type { NewLogLine } from "../store/job-change.js";
import type { JobStore } from "../store/job-store.js";
import { Backoff } from "./backoff.js";
import { relayCancel } from "./cancel-relay.js";
import { LogMerge } from "./log-merge.js";
import { PositionWriter } from "./position-writer.js";

export interface FollowDependencies {
  readonly store: JobStore;
  readonly queue: FalQueue;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly maxLogLines: number;
  readonly instanceId: string;
}

/** A request that upstream still answers 404 for after this long is lost there. */
const FORGOTTEN_AFTER_MS = 60_000;
/** A stream that lived this long did its work: it is opened again soon. */
const GOOD_STREAM_MS = 10_000;
/** A result that may not be upstream's last word is asked for again for this long. */
const DOUBT_MS = 30_000;

/**
 * Follows one submitted job to its end and writes down all that upstream tells. The status stream comes first; it is a
 * wake-up, not the truth: whenever it ends, the status is asked for, and the end is told only with the result in hand.
 * Trouble upstream or in the store is waited out: the follower gives up only when it is stopped, or when the job has
 * become another instance's: every step is taken only while this one owns the job.
 */
export class JobFollower {
  private readonly backoff = new Backoff(500, 15_000);
  private readonly position: PositionWriter;
  /** Fires when the follower is done: everything that it started ends then. */
  private readonly life = new AbortController();
  private readonly signal = this.life.signal;
  private logs = new LogMerge([]);
  private doubtedSince: number | null = null;
  private cancelling: Promise<void> | null = null;

  constructor(
    private job: Job,
    private readonly dependencies: FollowDependencies,
  ) {
    this.position = new PositionWriter((position) => dependencies.store.setQueuePosition(job, position));
  }

  /** Resolves when the job is finished or another's, or `stop` was called, and nothing is under way any more; never rejects. */
  async run(): Promise<void> {
    await this.follow();
    this.stop();
    await this.cancelling;
  }

  stop(): void {
    this.life.abort();
    this.position.close();
  }

  /** The caller wants the job cancelled: told to upstream until upstream has answered. */
  passCancelOn(): void {
    this.cancelling ??= relayCancel(
      () => this.dependencies.queue.cancel(this.requestId(), this.signal),
      this.log(),
      this.signal,
    );
  }

  private async follow(): Promise<void> {
    let reload = true;
    while (!this.signal.aborted && !isFinished(this.job)) {
      try {
        if (reload) await this.load();
        if (isFinished(this.job) || this.job.ownerId !== this.dependencies.instanceId) return;
        reload = true;
        if (this.job.cancelRequestedAt !== null) this.passCancelOn();
        await this.followStream();
        await this.poll();
        reload = false;
        if (!isFinished(this.job)) await this.backoff.wait(this.signal);
      } catch (error) {
        if (this.signal.aborted) return;
        if (await this.endIfForgotten(error)) return;
        this.log().warn({ reason: reasonOf(error) }, "following goes on after trouble");
        await this.backoff.wait(this.signal).catch(() => {});
      }
    }
  }

  private async load(): Promise<void> {
    this.job = (await this.dependencies.store.find(this.job.id)) ?? this.job;
    this.logs = new LogMerge(
      await this.dependencies.store.readLogs(this.job.id, this.dependencies.maxLogLines, this.job.lastSequence),
    );
  }

  private async followStream(): Promise<void> {
    const unseen = this.logs.openWindow();
    const openedAt = this.dependencies.clock();
    try {
      for await (const status of this.dependencies.queue.streamStatus(this.requestId(), this.signal)) {
        const lines = this.hasLogRoom() ? unseen(status.logs) : [];
        if (status.status === "COMPLETED") return await this.writeLogs(lines);
        await this.write(status, lines);
      }
    } catch (error) {
      if (this.signal.aborted) throw error;
      this.log().debug({ reason: reasonOf(error) }, "status stream ended, asking for the status");
      // Lines that could not be stored must count as new again.
      await this.load();
    }
    if (this.dependencies.clock() - openedAt >= GOOD_STREAM_MS) this.backoff.reset();
  }

  private async poll(): Promise<void> {
    const status = await this.dependencies.queue.status(this.requestId(), this.signal);
    const lines = this.hasLogRoom() ? this.logs.openWindow()(status.logs) : [];
    if (status.status !== "COMPLETED") return this.write(status, lines);
    await this.writeLogs(lines);
    await this.finish(status.inferenceSeconds);
  }

  /** Commits what a status brings, if it brings anything. */
  private async write(status: UpstreamStatus, lines: UpstreamStatus["logs"]): Promise<void> {
    if (status.status === "COMPLETED") return;
    const { status: name, progress } = status;
    const at = this.dependencies.clock();
    if (name === "IN_QUEUE") this.position.tell(status.queuePosition);
    const next = observe(this.job, name, progress, at);
    const logs = this.newLogLines(lines, at);
    if (!next || (next.status === this.job.status && next.progress === this.job.progress && logs.length === 0)) return;
    await this.step({ name: "status", at, logs }, (job) => observe(job, name, progress, at));
    // A status without news resets nothing, or a stream that breaks off all the time would make questions a flood.
    this.backoff.reset();
  }

  private async writeLogs(lines: UpstreamStatus["logs"]): Promise<void> {
    const at = this.dependencies.clock();
    const logs = this.newLogLines(lines, at);
    if (logs.length === 0) return;
    await this.step({ name: "status", at, logs }, (job) => (isFinished(job) ? null : job));
  }

  /** @param lastWord upstream has been asked long enough: what it answers now is believed. */
  private async finish(inferenceSeconds: number | null, lastWord = false): Promise<void> {
    const outcome = await this.dependencies.queue.result(this.requestId(), this.job.input.seed, undefined, this.signal);
    // Upstream says COMPLETED and yet has no result: asked again after a pause.
    if (outcome.kind === "pending") return;
    const settlement = { ...outcome.settlement, inferenceSeconds };
    const at = this.dependencies.clock();
    if (outcome.kind === "failed" && !outcome.certain && !lastWord) {
      this.doubtedSince ??= at;
      if (at - this.doubtedSince < DOUBT_MS) {
        this.log().warn({ status: outcome.error.upstreamStatus }, "the result is asked for again");
        return;
      }
    }
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
    return this.finish(null, true).then(
      () => isFinished(this.job),
      () => false,
    );
  }

  /** Throws when the step is not legal any more: what is stored is then read again before the next one. */
  private async step(change: Parameters<typeof changeJob>[2], next: (job: Job) => Job | null): Promise<void> {
    const { store, instanceId } = this.dependencies;
    const changed = await changeJob(store, this.job, change, (job) => (job.ownerId === instanceId ? next(job) : null));
    if (!changed) throw new Error("the job was changed by somebody else");
    this.job = changed;
  }

  private hasLogRoom(): boolean {
    return this.job.logCount < this.dependencies.maxLogLines;
  }

  private newLogLines(lines: UpstreamStatus["logs"], at: number): NewLogLine[] {
    const room = this.dependencies.maxLogLines - this.job.logCount;
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
