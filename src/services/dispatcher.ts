import type { Logger } from "pino";
import { abandonOn } from "./abandon-on.js";
import { finalAudioFailure, handAudioOver } from "./audio-handover.js";
import type { FalQueue } from "./fal/fal-queue.js";
import { UpstreamResponseError } from "./fal/transport.js";
import type { Job, JobError } from "./job.js";
import {
  bindRequest,
  cancel,
  fail,
  isFinished,
  loseAnswer,
  NOT_BILLED,
  returnToWaiting,
  startSending,
} from "./job-state.js";
import { changeJob } from "./jobs/change-job.js";
import type { Lease } from "./lease.js";
import { reasonOf } from "./reason-of.js";
import { SendingPause } from "./sending-pause.js";
import type { JobClaims } from "./store/job-claims.js";
import type { JobStore } from "./store/job-store.js";
import { Backoff } from "./tracker/backoff.js";

export interface DispatcherDependencies {
  readonly store: JobStore;
  readonly claims: JobClaims;
  readonly lease: Lease;
  readonly queue: FalQueue;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly maxUpstreamJobs: number;
  /** Where upstream shall call when a job's request is finished; null: nowhere. */
  readonly callbackUrl: (jobId: string) => Promise<string | null>;
  /** Told each job once its request id is stored. */
  readonly onSubmitted: (job: Job) => void;
  /** Told that an answer was lost. */
  readonly onUnconfirmed: () => void;
}

/** fal's clients require more than a second. */
const MIN_START_TIMEOUT_SECONDS = 2;
/** How often waiting jobs are looked at without any wake-up: start deadlines pass silently. */
const SWEEP_MS = 1_000;

/**
 * Sends waiting jobs, each at most once, and one at a time. After a refusal that may pass it pauses and then tries the
 * next one. After an answer that was lost it sends nothing until upstream answers a harmless question, so that an outage
 * costs at most one unconfirmed job.
 */
export class Dispatcher {
  private readonly closing = new AbortController();
  private readonly pause: SendingPause;
  private sweep: NodeJS.Timeout | undefined;
  private answerLost = false;
  private pumping: Promise<void> | null = null;
  private wokenAgain = false;
  private claimsUnchecked = false;

  constructor(private readonly dependencies: DispatcherDependencies) {
    this.pause = new SendingPause(dependencies.logger, this.closing.signal, () => this.wake());
  }

  start(): void {
    this.sweep = setInterval(() => {
      this.claimsUnchecked = true;
      this.wake();
    }, SWEEP_MS);
    this.wake();
  }

  /** Why nothing is sent at present; null while all is well. */
  get pauseReason(): string | null {
    return this.pause.reason;
  }

  /** There may be something to send. Does nothing before the start. */
  wake(): void {
    if (!this.sweep || this.closing.signal.aborted) return;
    if (this.pumping) {
      this.wokenAgain = true;
      return;
    }
    this.pumping = this.pump()
      .catch((error: unknown) => this.dependencies.logger.error({ reason: reasonOf(error) }, "sending was interrupted"))
      .finally(() => {
        this.pumping = null;
        if (this.wokenAgain) {
          this.wokenAgain = false;
          this.wake();
        }
      });
  }

  /** Waits for the request that is on its way, so that its id is stored. */
  async close(): Promise<void> {
    this.closing.abort();
    clearInterval(this.sweep);
    await this.pumping;
  }

  private async pump(): Promise<void> {
    const { claims, lease, clock } = this.dependencies;
    do {
      for (const job of await claims.findOverdue(clock())) await this.giveUp(job);
      if (this.claimsUnchecked) await this.undoLostClaims();
      if (this.pause.isResting || !lease.isHeld()) return;
      if (this.answerLost && !(await this.isUpstreamBack())) return;
      const claimed = await claims.exclusively(() => this.claimNext());
      if (!claimed) return;
      await this.send(claimed);
    } while (!this.closing.signal.aborted);
  }

  /**
   * A claim may have been committed although the store's answer was lost. Nothing is being sent when this is called, so
   * whatever is claimed was certainly not sent.
   */
  private async undoLostClaims(): Promise<void> {
    const { claims, lease } = this.dependencies;
    for (const job of await claims.findSending(lease.instanceId)) await this.putBack(job);
    this.claimsUnchecked = false;
  }

  /** The next job, SENDING and this instance's; null when none may be sent now. */
  private async claimNext(): Promise<Job | null> {
    const { claims, lease, clock, maxUpstreamJobs } = this.dependencies;
    if ((await claims.countUpstream()) >= maxUpstreamJobs) return null;
    const job = await claims.findNextToSend(clock());
    if (!job) {
      // Nothing waits, so nothing is paused: whoever watches readiness may send jobs again, and the next one probes.
      this.pause.forget();
      return null;
    }
    // Null when it was cancelled in this very moment: the next wake-up goes on with the others.
    return this.step(job, "sending", (current) => startSending(current, lease.instanceId, clock()));
  }

  /** The job is SENDING; it leaves this state in every case that the store allows. */
  private async send(job: Job): Promise<void> {
    const { queue, lease, clock, onSubmitted, onUnconfirmed, callbackUrl } = this.dependencies;
    let audioUrl: string;
    let webhookUrl: string | null;
    try {
      webhookUrl = await callbackUrl(job.id);
      // Storing audio may take minutes and costs nothing, so closing does not wait for it.
      audioUrl = await abandonOn(this.closing.signal, handAudioOver(job, this.dependencies.store, queue));
    } catch (error) {
      return this.endWithoutAudio(job, error as Error);
    }
    // Storing the audio may have taken long: it is given up in its turn.
    const remainingMs = job.startDeadlineAt - clock();
    // A lease that ran out meanwhile means that another instance may have taken the job for lost.
    if (remainingMs < 0 || !lease.isHeld()) return this.putBack(job);
    const startTimeoutSeconds = Math.max(MIN_START_TIMEOUT_SECONDS, Math.floor(remainingMs / 1_000));
    const { priority } = job;
    const outcome = await queue.submit({ ...job.input, audioUrl }, { priority, startTimeoutSeconds, webhookUrl });
    if (outcome.kind === "accepted") {
      this.pause.end();
      const bound = await this.persist(job, "submitted", (current) => bindRequest(current, outcome.requestId, clock()));
      // A webhook may have been faster, and told another instance.
      const submitted = bound ?? (await this.dependencies.store.find(job.id));
      if (submitted?.ownerId === lease.instanceId && !isFinished(submitted)) onSubmitted(submitted);
    } else if (outcome.kind === "unknown") {
      this.answerLost = true;
      await this.persist(job, "unconfirmed", loseAnswer);
      onUnconfirmed();
      this.pause.begin(`A submission got no answer: ${outcome.reason}`);
    } else if (outcome.passing) {
      await this.putBack(job);
      this.pause.begin(`Upstream refused a submission: ${outcome.error.message}`);
    } else {
      this.pause.end();
      await this.persist(job, "finished", (current) => fail(current, outcome.error, NOT_BILLED, clock()));
    }
  }

  /** Asks for the status of a request that does not exist: any answer of upstream's own will do. */
  private async isUpstreamBack(): Promise<boolean> {
    const { queue, lease } = this.dependencies;
    try {
      await queue.status(lease.instanceId, this.closing.signal);
    } catch (error) {
      if (!(error instanceof UpstreamResponseError) || error.status >= 500) {
        this.pause.begin(`Upstream is not back yet: ${(error as Error).message}`);
        return false;
      }
    }
    this.answerLost = false;
    return true;
  }

  /** Nothing was submitted. The handover is tried again unless it can't succeed. */
  private async endWithoutAudio(job: Job, error: Error): Promise<void> {
    const { clock, logger } = this.dependencies;
    const failure = finalAudioFailure(error);
    if (failure) {
      logger.warn({ jobId: job.id, reason: error.message }, "the audio can't be handed to upstream's storage");
      await this.persist(job, "finished", (current) => fail(current, failure, NOT_BILLED, clock()));
      return;
    }
    await this.putBack(job);
    this.pause.begin(`The audio could not be handed to upstream's storage: ${error.message}`);
  }

  /** Back to waiting, unless the caller wished it cancelled while it was on its way: then it ends here, unsent. */
  private async putBack(job: Job): Promise<void> {
    await this.persist(job, "waiting", (current) => {
      const waiting = returnToWaiting(current, job);
      return waiting && waiting.cancelRequestedAt !== null
        ? cancel(waiting, NOT_BILLED, this.dependencies.clock())
        : waiting;
    });
  }

  private async giveUp(job: Job): Promise<void> {
    const error: JobError = {
      code: "TIMED_OUT",
      message: "The job was not sent before its start deadline. Submit it again, or allow a longer startTimeout.",
      field: ["options", "startTimeout"],
      upstreamType: null,
      upstreamStatus: null,
      retryable: true,
    };
    await this.step(job, "finished", (current) =>
      current.submission === "WAITING" ? fail(current, error, NOT_BILLED, this.dependencies.clock()) : null,
    );
  }

  private step(
    job: Job,
    name: Parameters<typeof changeJob>[2]["name"],
    next: (job: Job) => Job | null,
  ): Promise<Job | null> {
    return changeJob(this.dependencies.store, job, { name, at: this.dependencies.clock() }, next);
  }

  /** What upstream answered must not be lost to a store that is in trouble: tried until it is written. */
  private async persist(...step: Parameters<Dispatcher["step"]>): Promise<Job | null> {
    const backoff = new Backoff(200, 5_000);
    for (;;) {
      try {
        return await this.step(...step);
      } catch (error) {
        this.dependencies.logger.error({ jobId: step[0].id, reason: reasonOf(error) }, "an answer waits to be stored");
        await backoff.wait(this.closing.signal);
      }
    }
  }
}
