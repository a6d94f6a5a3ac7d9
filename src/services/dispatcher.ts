import type { Logger } from "pino";
import { abandonOn } from "./abandon-on.js";
import type { FalQueue } from "./fal/fal-queue.js";
import { mapFailure } from "./fal/map-failure.js";
import { UpstreamResponseError } from "./fal/transport.js";
import type { Job, JobError } from "./job.js";
import { bindRequest, cancel, fail, loseAnswer, NOT_BILLED, returnToWaiting, startSending } from "./job-state.js";
import { changeJob } from "./jobs/change-job.js";
import { prepareAudio } from "./jobs/prepare-audio.js";
import type { Lease } from "./lease.js";
import { reasonOf } from "./reason-of.js";
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
  /** Told each job once its request id is stored. */
  readonly onSubmitted: (job: Job) => void;
}

/** What storage says of the file itself; everything else may pass. */
const FILE_REFUSED: ReadonlySet<number> = new Set([400, 413, 415, 422]);
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
  private readonly backoff = new Backoff(1_000, 60_000);
  private readonly closing = new AbortController();
  private sweep: NodeJS.Timeout | undefined;
  private pausedBecause: string | null = null;
  private resting = false;
  private answerLost = false;
  private pumping: Promise<void> | null = null;
  private wokenAgain = false;
  /** The store has not said yet whether this job is claimed; it is certainly not sent. */
  private claiming: Job | null = null;

  constructor(private readonly dependencies: DispatcherDependencies) {}

  start(): void {
    this.sweep = setInterval(() => this.wake(), SWEEP_MS);
    this.wake();
  }

  /** Why nothing is sent at present; null while all is well. */
  get pauseReason(): string | null {
    return this.pausedBecause;
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
      if (this.claiming) await this.withdraw(this.claiming);
      for (const job of await claims.findOverdue(clock())) await this.giveUp(job);
      if (this.resting || !lease.isHeld()) return;
      if (this.answerLost && !(await this.isUpstreamBack())) return;
      const claimed = await claims.exclusively(() => this.claimNext());
      this.claiming = null;
      if (!claimed) return;
      await this.send(claimed);
    } while (!this.closing.signal.aborted);
  }

  /** The next job, SENDING and this instance's; null when none may be sent now. */
  private async claimNext(): Promise<Job | null> {
    const { claims, lease, clock, maxUpstreamJobs } = this.dependencies;
    if ((await claims.countUpstream()) >= maxUpstreamJobs) return null;
    const job = await claims.findNextToSend(clock());
    if (!job) {
      // Nothing waits, so nothing is paused: whoever watches readiness may send jobs again, and the next one probes.
      this.pausedBecause = null;
      return null;
    }
    this.claiming = job;
    // Null when it was cancelled in this very moment: the next wake-up goes on with the others.
    return this.step(job, "sending", (current) => startSending(current, lease.instanceId, clock()));
  }

  /** The job is SENDING; it leaves this state in every case that the store allows. */
  private async send(job: Job): Promise<void> {
    const { store, queue, lease, clock, onSubmitted } = this.dependencies;
    let audioUrl: string;
    try {
      // Storing audio may take minutes and costs nothing, so closing does not wait for it.
      audioUrl = await abandonOn(this.closing.signal, prepareAudio(store, queue, job));
    } catch (error) {
      return this.endWithoutAudio(job, error as Error);
    }
    // Storing the audio may have taken long: it is given up in its turn.
    const remainingMs = job.startDeadlineAt - clock();
    // A lease that ran out meanwhile means that another instance may have taken the job for lost.
    if (remainingMs < 0 || !lease.isHeld()) return this.putBack(job);
    const startTimeoutSeconds = Math.max(MIN_START_TIMEOUT_SECONDS, Math.floor(remainingMs / 1_000));
    const outcome = await queue.submit({ ...job.input, audioUrl }, { priority: job.priority, startTimeoutSeconds });
    if (outcome.kind === "accepted") {
      this.resume();
      const submitted = await this.persist(job, "submitted", (current) =>
        bindRequest(current, outcome.requestId, clock()),
      );
      if (submitted?.ownerId === lease.instanceId) onSubmitted(submitted);
    } else if (outcome.kind === "unknown") {
      this.answerLost = true;
      await this.persist(job, "unconfirmed", loseAnswer);
      this.pause(`A submission got no answer: ${outcome.reason}`);
    } else if (outcome.passing) {
      await this.putBack(job);
      this.pause(`Upstream refused a submission: ${outcome.error.message}`);
    } else {
      this.resume();
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
        this.pause(`Upstream is not back yet: ${(error as Error).message}`);
        return false;
      }
    }
    this.answerLost = false;
    return true;
  }

  /** Nothing was submitted. Storing the audio costs nothing, so it is tried again unless it was refused for good. */
  private async endWithoutAudio(job: Job, error: Error): Promise<void> {
    if (error instanceof UpstreamResponseError && FILE_REFUSED.has(error.status)) {
      const failure = mapFailure(error.status, error.headers, error.body).error;
      await this.persist(job, "finished", (current) =>
        fail(current, { ...failure, field: ["audioUrl"] }, NOT_BILLED, this.dependencies.clock()),
      );
      return;
    }
    await this.putBack(job);
    this.pause(`The audio could not be handed to upstream's storage: ${error.message}`);
  }

  /** The claim failed, or was stored and the store's answer was lost: then nobody else would ever send the job. */
  private async withdraw(job: Job): Promise<void> {
    const { store, lease } = this.dependencies;
    const stored = await store.find(job.id);
    const own = ({ ownerId }: Job) => ownerId === lease.instanceId;
    if (stored) await this.persist(stored, "waiting", (current) => (own(current) ? this.unsent(current) : null));
    this.claiming = null;
  }

  private async putBack(job: Job): Promise<void> {
    await this.persist(job, "waiting", (current) => this.unsent(current));
  }

  /** Back to waiting, unless the caller wished it cancelled while it was on its way: then it ends here. */
  private unsent(job: Job): Job | null {
    const waiting = returnToWaiting(job);
    return waiting && waiting.cancelRequestedAt !== null
      ? cancel(waiting, NOT_BILLED, this.dependencies.clock())
      : waiting;
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

  private resume(): void {
    this.backoff.reset();
    if (this.pausedBecause === null) return;
    this.pausedBecause = null;
    this.dependencies.logger.info("sending goes on");
  }

  private pause(reason: string): void {
    this.pausedBecause = reason;
    this.resting = true;
    this.dependencies.logger.warn({ reason }, "sending pauses");
    this.backoff
      .wait(this.closing.signal)
      .then(() => {
        this.resting = false;
        this.wake();
      })
      .catch(() => {});
  }
}
