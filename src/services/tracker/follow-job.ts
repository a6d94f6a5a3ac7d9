import { performance } from "node:perf_hooks";
import type { Logger } from "pino";
import { UndecodableError } from "../fal/decode.js";
import type { FalQueue } from "../fal/fal-queue.js";
import { StreamStalledError } from "../fal/status-stream.js";
import { UpstreamResponseError, UpstreamUnreachableError } from "../fal/transport.js";
import type { Job } from "../job.js";
import { isFinished } from "../job-state.js";
import { reasonOf } from "../reason-of.js";
import { Backoff } from "./backoff.js";
import { relayCancel } from "./cancel-relay.js";
import { JobEnd } from "./job-end.js";
import { JobRecord, type RecordDependencies } from "./job-record.js";
import type { LogLimits } from "./log-budget.js";
import { pollIntervalMs } from "./poll-interval.js";
import { Rest } from "./rest.js";
import { stateDeadline } from "./state-deadline.js";
import { StreamTrials } from "./stream-trials.js";

export interface FollowDependencies extends RecordDependencies {
  readonly queue: FalQueue;
  readonly logger: Logger;
  readonly limits: LogLimits & {
    /** How long one run may take. */
    readonly runSeconds: number;
  };
}

/** A request that upstream still answers 404 for after this long is lost there. */
const FORGOTTEN_AFTER_MS = 60_000;
/** Upstream has this long to confirm that it ended a request whose time was up. */
const CONFIRM_MS = 60_000;
/** fal keeps a result for an hour: a request that nothing was heard of until then has none any more. */
const RESULT_KEPT_MS = 3_600_000;

/**
 * Follows one submitted job to its end and writes down all that upstream tells. The status stream comes first; it is a
 * wake-up, not the truth: whenever it ends, the status is asked for, and the end is told only with the result in hand.
 * Trouble upstream or in the store is waited out, until the job's time is up: then it is cancelled upstream, and told as
 * timed out. The follower gives up only when it is stopped, or when the job has become another instance's.
 */
export class JobFollower {
  private readonly record: JobRecord;
  private readonly end: JobEnd;
  private readonly backoff = new Backoff(500, 15_000);
  private readonly streams = new StreamTrials();
  /** Fires when the follower is done: everything that it started ends then. */
  private readonly life = new AbortController();
  private readonly signal = this.life.signal;
  private readonly rest = new Rest(this.signal);
  /** Whether what is learnt comes from the stream, from the status because the stream gave out, and whether that is noted. */
  private source: "stream" | "broken-stream" | "status" = "stream";
  /** Since when upstream is in trouble; null while it answers. */
  private troubledSince: number | null = null;
  /** Since when upstream is known to keep the job past its deadline. */
  private overdueSince: number | null = null;
  /** The deadline at which upstream was asked whether the job is still there. */
  private alarmedAt: number | null = null;
  private cancelling: Promise<void> | null = null;
  private givingUp: Promise<void> | null = null;

  constructor(
    job: Job,
    private readonly dependencies: FollowDependencies,
  ) {
    this.record = new JobRecord(job, dependencies);
    this.end = new JobEnd(this.record, dependencies, this.signal);
  }

  /** Resolves when the job is finished or another's, or `stop` was called, and nothing is under way any more; never rejects. */
  async run(): Promise<void> {
    await this.follow();
    this.stop();
    await Promise.all([this.cancelling, this.givingUp]);
  }

  stop(): void {
    this.life.abort();
    this.record.close();
  }

  /** Something may have happened: the job is read again, and its status asked for now. */
  lookNow(): void {
    this.rest.end();
  }

  /** The job is to be cancelled: told to upstream until upstream has answered. */
  passCancelOn(): void {
    this.cancelling ??= relayCancel(
      () => this.dependencies.queue.cancel(this.record.requestId, this.signal),
      this.log(),
      this.signal,
    ).then(() => this.rest.endWait());
  }

  /** To be called about once a second. */
  checkTime(): void {
    const now = this.dependencies.clock();
    const deadline = this.deadline();
    if (now < deadline || isFinished(this.record.job)) return;
    const unconfirmed = this.overdueSince !== null && now - this.overdueSince >= CONFIRM_MS;
    const unheard =
      this.troubledSince !== null && now - this.troubledSince >= CONFIRM_MS && now >= deadline + RESULT_KEPT_MS;
    if (unconfirmed || unheard) this.giveUp();
    else if (this.alarmedAt !== deadline) {
      this.alarmedAt = deadline;
      this.lookNow();
    }
  }

  private async follow(): Promise<void> {
    let reload = true;
    let woken = false;
    while (!this.signal.aborted) {
      try {
        if (reload || woken) await this.record.load();
        if (isFinished(this.record.job) || !this.record.isOurs()) return;
        reload = true;
        if (this.record.job.cancelRequestedAt !== null) this.passCancelOn();
        if (!woken && !this.isPastDeadline() && this.streams.isWorthATry()) await this.followStream();
        const waitMs = await this.poll();
        if (this.source === "broken-stream" && !isFinished(this.record.job)) {
          await this.record.noteFallback();
          this.source = "status";
        }
        reload = false;
        if (!isFinished(this.record.job)) woken = await this.rest.take(waitMs);
      } catch (error) {
        if (this.signal.aborted) return;
        if (isUpstreamTrouble(error)) this.troubledSince ??= this.dependencies.clock();
        if (await this.endIfForgotten(error)) return;
        this.log().warn({ reason: reasonOf(error) }, "following goes on after trouble");
        woken = await this.rest.take(this.backoff.nextMs());
      }
    }
  }

  private async followStream(): Promise<void> {
    const openedAt = performance.now();
    let stalled = false;
    let completed = false;
    try {
      const statuses = this.dependencies.queue.streamStatus(this.record.requestId, this.rest.signal);
      for await (const status of statuses) {
        this.troubledSince = null;
        this.source = "stream";
        if (await this.record.write(status)) this.backoff.reset();
        completed = status.status === "COMPLETED";
      }
    } catch (error) {
      if (this.signal.aborted) throw error;
      if (this.rest.signal.aborted) return;
      stalled = error instanceof StreamStalledError;
      this.log().debug({ reason: reasonOf(error) }, "status stream ended, asking for the status");
      // Lines that could not be stored must count as new again.
      await this.record.load();
    }
    this.streams.ended(performance.now() - openedAt, stalled);
    if (!completed && this.source === "stream") this.source = "broken-stream";
  }

  /** Asks for the status. Resolves to how long to wait before it is asked for again. */
  private async poll(): Promise<number> {
    const status = await this.dependencies.queue.status(this.record.requestId, this.signal);
    this.troubledSince = null;
    if (await this.record.write(status)) this.backoff.reset();
    if (status.status === "COMPLETED") {
      await this.end.tell(status, this.isPastDeadline());
      return this.backoff.nextMs();
    }
    if (this.isPastDeadline() && this.overdueSince === null) {
      this.overdueSince = this.dependencies.clock();
      this.log().warn({ status: status.status }, "the job's time is up, it is cancelled");
      this.passCancelOn();
    }
    return pollIntervalMs(this.overdueSince === null ? status.queuePosition : null);
  }

  /** The job's time is up, and what becomes of it upstream can't be learnt. */
  private giveUp(): void {
    this.givingUp ??= this.end
      .giveUp()
      .then(() => {
        this.log().warn("job given up, its time is up");
        this.stop();
      })
      .catch((error: unknown) =>
        this.log().warn({ reason: reasonOf(error) }, "the end of the job's time is not stored"),
      )
      .finally(() => {
        this.givingUp = null;
      });
  }

  /** Upstream does not know the request (any more). It may be slow to know a new one, so it is given time. */
  private async endIfForgotten(error: unknown): Promise<boolean> {
    const now = this.dependencies.clock();
    const age = now - (this.record.job.submittedAt ?? now);
    if (!(error instanceof UpstreamResponseError) || error.status !== 404 || age < FORGOTTEN_AFTER_MS) return false;
    return this.end.tellForgotten(this.isPastDeadline()).catch(() => false);
  }

  private deadline(): number {
    return stateDeadline(this.record.job, this.dependencies.limits.runSeconds);
  }

  private isPastDeadline(): boolean {
    return this.dependencies.clock() >= this.deadline();
  }

  private log(): Logger {
    const { id, requestId } = this.record.job;
    return this.dependencies.logger.child({ jobId: id, requestId });
  }
}

function isUpstreamTrouble(error: unknown): boolean {
  return [UpstreamResponseError, UpstreamUnreachableError, UndecodableError].some((kind) => error instanceof kind);
}
