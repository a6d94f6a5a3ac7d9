import type { Logger } from "pino";
import { abandonOn } from "../abandon-on.js";
import type { FalQueue } from "../fal/fal-queue.js";
import type { Job } from "../job.js";
import { isFinished } from "../job-state.js";
import type { Lease } from "../lease.js";
import { reasonOf } from "../reason-of.js";
import type { JobClaims, UpstreamLoad } from "../store/job-claims.js";
import type { JobStore } from "../store/job-store.js";
import { Sweep } from "../sweep.js";
import { finalAudioFailure, storeLargeAudio } from "./audio-handover.js";
import { OutageGuard } from "./outage-guard.js";
import { SendingPause } from "./sending-pause.js";
import { SubmissionRecord } from "./submission-record.js";

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
 * Sends waiting jobs, each at most once, and one at a time over all instances. After a refusal that may pass it pauses
 * and then tries the next one. After an answer that was lost, whoever waited for it, it sends nothing until upstream
 * answers a harmless question. So an outage costs at most one unconfirmed job.
 */
export class Dispatcher {
  private readonly sweep: Sweep;
  private readonly pause: SendingPause;
  private readonly outage: OutageGuard;
  private readonly record: SubmissionRecord;

  constructor(private readonly dependencies: DispatcherDependencies) {
    const { logger, queue, lease } = dependencies;
    this.sweep = new Sweep(() => this.sendAll(), { everyMs: SWEEP_MS, logger, failure: "sending was interrupted" });
    this.pause = new SendingPause(logger, this.sweep.signal, () => this.wake());
    this.outage = new OutageGuard(queue, lease.instanceId);
    this.record = new SubmissionRecord({ ...dependencies, closing: this.sweep.signal });
  }

  start(): void {
    this.sweep.start();
  }

  /** Why nothing is sent at present; null while all is well. */
  get pauseReason(): string | null {
    return this.pause.reason;
  }

  /** There may be something to send. Does nothing before the start. */
  wake(): void {
    this.sweep.wake();
  }

  /** Waits for the request that is on its way, so that its id is stored. */
  close(): Promise<void> {
    return this.sweep.close();
  }

  private async sendAll(): Promise<void> {
    while (!this.sweep.signal.aborted && (await this.sendNext()));
  }

  /** @returns whether there may be more to send. */
  private async sendNext(): Promise<boolean> {
    const { claims, lease, clock } = this.dependencies;
    for (const job of await claims.findOverdue(clock())) await this.record.timeOut(job);
    if (this.pause.isResting || !lease.isHeld()) return false;
    const load = await claims.readUpstreamLoad();
    if (load.sending > 0) return this.undoLostClaims();
    const next = await claims.findNextToSend(clock());
    if (!next) {
      // Nothing waits, so nothing is paused: whoever watches readiness may send jobs again, and the next one probes.
      this.pause.forget();
      return false;
    }
    if (!this.hasRoom(load) || !(await this.isUpstreamWell(load))) return false;
    // Time has passed, so all is looked at anew.
    if (await this.storeAudio(next)) return true;
    const claimed = await claims.exclusively(() => this.claim(next));
    if (!claimed) return false;
    await this.send(claimed);
    return true;
  }

  private hasRoom({ jobs, sending }: UpstreamLoad): boolean {
    return sending === 0 && jobs < this.dependencies.maxUpstreamJobs;
  }

  /**
   * A claim may have been committed although the store's answer was lost. Nothing is being sent when this is called, so
   * whatever this instance has claimed was certainly not sent.
   *
   * @returns whether there was any.
   */
  private async undoLostClaims(): Promise<boolean> {
    const { claims, lease } = this.dependencies;
    const lost = await claims.findSending(lease.instanceId);
    for (const job of lost) await this.record.putBack(job);
    return lost.length > 0;
  }

  /**
   * The job, SENDING and this instance's; null when it may not be sent now. Another instance may have been faster: what
   * it does to its job wakes this one.
   */
  private async claim(job: Job): Promise<Job | null> {
    const { claims, lease } = this.dependencies;
    const load = await claims.readUpstreamLoad();
    if (!this.hasRoom(load)) return null;
    if (!this.outage.isSettled(load.lostAnswers)) {
      this.wake();
      return null;
    }
    return this.record.claim(job, lease.instanceId);
  }

  /** The job is SENDING; it leaves this state in every case that the store allows. */
  private async send(job: Job): Promise<void> {
    const { store, queue, lease, clock, onSubmitted, onUnconfirmed, callbackUrl } = this.dependencies;
    let audioUrl: string;
    let webhookUrl: string | null;
    try {
      webhookUrl = await callbackUrl(job.id);
      audioUrl = (await store.findPayload(job.id)) ?? job.input.audioUrl;
    } catch (error) {
      await this.record.putBack(job);
      throw error;
    }
    const remainingMs = job.startDeadlineAt - clock();
    // A lease that ran out meanwhile means that another instance may have taken the job for lost.
    if (remainingMs < 0 || !lease.isHeld()) return this.record.putBack(job);
    const startTimeoutSeconds = Math.max(MIN_START_TIMEOUT_SECONDS, Math.floor(remainingMs / 1_000));
    const { priority } = job;
    const outcome = await queue.submit({ ...job.input, audioUrl }, { priority, startTimeoutSeconds, webhookUrl });
    if (outcome.kind === "accepted") {
      this.pause.end();
      // A webhook may have been faster, and told another instance.
      const submitted = (await this.record.bind(job, outcome.requestId)) ?? (await store.find(job.id));
      if (submitted?.ownerId === lease.instanceId && !isFinished(submitted)) onSubmitted(submitted);
    } else if (outcome.kind === "unknown") {
      await this.record.loseAnswer(job);
      onUnconfirmed();
      this.pause.begin(`A submission got no answer: ${outcome.reason}`);
    } else if (outcome.passing) {
      await this.record.putBack(job);
      this.pause.begin(`Upstream refused a submission: ${outcome.error.message}`);
    } else {
      this.pause.end();
      await this.record.refuse(job, outcome.error);
    }
  }

  private async isUpstreamWell({ lostAnswers }: UpstreamLoad): Promise<boolean> {
    if (this.outage.isSettled(lostAnswers)) return true;
    try {
      await this.outage.settle(lostAnswers, this.sweep.signal);
      return true;
    } catch (error) {
      this.pause.begin(`Upstream is not back yet: ${(error as Error).message}`);
      return false;
    }
  }

  /**
   * Storing audio may take minutes and costs nothing: the job still waits meanwhile, so that a crash costs no job either,
   * and closing does not wait for it. A failure is tried again unless it can't succeed.
   *
   * @returns whether there was any to store.
   */
  private async storeAudio(job: Job): Promise<boolean> {
    const { store, queue, logger } = this.dependencies;
    try {
      const fileUrl = await abandonOn(this.sweep.signal, storeLargeAudio(job, store, queue));
      if (fileUrl !== null) await store.replacePayload(job.id, fileUrl);
      return fileUrl !== null;
    } catch (error) {
      const failure = finalAudioFailure(error as Error);
      if (failure) {
        logger.warn({ jobId: job.id, reason: reasonOf(error) }, "the audio can't be handed to upstream's storage");
        await this.record.endUnsent(job, failure);
      } else {
        this.pause.begin(`The audio could not be handed to upstream's storage: ${(error as Error).message}`);
      }
      return true;
    }
  }
}
