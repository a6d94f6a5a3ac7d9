import type { Logger } from "pino";
import { abandonOn } from "./abandon-on.js";
import type { FalQueue } from "./fal/fal-queue.js";
import type { PastRequest } from "./fal/request-history.js";
import type { Job, JobError } from "./job.js";
import { BILLING_UNKNOWN, bindRequest, fail } from "./job-state.js";
import { displayUrl, isDataUri } from "./jobs/audio-url.js";
import { changeJob } from "./jobs/change-job.js";
import { reasonOf } from "./reason-of.js";
import type { JobClaims } from "./store/job-claims.js";
import type { JobStore } from "./store/job-store.js";
import { Sweep } from "./sweep.js";

export interface ReconcilerDependencies {
  readonly store: JobStore;
  readonly claims: JobClaims;
  readonly instanceId: string;
  readonly queue: FalQueue;
  readonly logger: Logger;
  readonly clock: () => number;
  /** How long past its start deadline an unconfirmed submission is looked for. */
  readonly windowSeconds: number;
  /** Told each job whose request was found. */
  readonly onSubmitted: (job: Job) => void;
}

const LOOK_EVERY_MS = 5_000;
/** Clocks differ: a request is looked for from this long before its job was accepted. */
const CLOCK_TOLERANCE_MS = 120_000;

/**
 * Looks for submissions whose answer was lost, in upstream's request history. A job is bound to a request only when
 * exactly one request has its very input, seed included, and no other job holds that request. What is not found in time
 * ends FAILED, told as unconfirmed: it is never sent again.
 */
export class Reconciler {
  private readonly sweep: Sweep;

  constructor(private readonly dependencies: ReconcilerDependencies) {
    const { logger } = dependencies;
    this.sweep = new Sweep(() => this.settle(), {
      everyMs: LOOK_EVERY_MS,
      logger,
      failure: "request history not read",
    });
  }

  start(): void {
    this.sweep.start();
  }

  /** A submission became unconfirmed: it may be found at once. */
  look(): void {
    this.sweep.wake();
  }

  /** Does not wait for upstream's history, only for what is being stored. */
  close(): Promise<void> {
    return this.sweep.close();
  }

  private async settle(): Promise<void> {
    const { claims, instanceId, queue, clock, windowSeconds } = this.dependencies;
    const jobs = await claims.findUnconfirmed(instanceId);
    if (jobs.length === 0) return;
    const since = Math.min(...jobs.map((job) => job.createdAt)) - CLOCK_TOLERANCE_MS;
    const { signal } = this.sweep;
    const history = await abandonOn(signal, queue.requestsSince(since)).catch((error: Error) => {
      this.dependencies.logger.warn({ reason: reasonOf(error) }, "request history not read");
      return null;
    });
    if (signal.aborted) return;
    // Where nobody could look, the job is given another window.
    const windowMs = windowSeconds * 1_000 * (history === null ? 2 : 1);
    for (const job of jobs) {
      const requestId = await this.findRequest(job, history ?? []);
      if (requestId !== null) await this.bind(job, requestId);
      else if (clock() > job.startDeadlineAt + windowMs) await this.giveUp(job);
    }
  }

  private async findRequest(job: Job, history: readonly PastRequest[]): Promise<string | null> {
    const same = history.filter((request) => hasInputOf(request, job));
    const free: string[] = [];
    for (const { requestId } of same) {
      if (!(await this.dependencies.claims.isRequestBound(requestId))) free.push(requestId);
    }
    return free.length === 1 ? (free[0] ?? null) : null;
  }

  private async bind(job: Job, requestId: string): Promise<void> {
    const at = this.dependencies.clock();
    const bound = await changeJob(this.dependencies.store, job, { name: "submitted", at }, (current) =>
      bindRequest(current, requestId, at),
    );
    if (!bound) return;
    this.dependencies.logger.info({ jobId: job.id, requestId }, "an unconfirmed submission was found");
    this.dependencies.onSubmitted(bound);
  }

  private async giveUp(job: Job): Promise<void> {
    const at = this.dependencies.clock();
    const error: JobError = {
      code: "SUBMISSION_UNCONFIRMED",
      message:
        "The request was sent once and no answer came, nor was it found afterwards. It may have run and been billed; it was not sent again.",
      field: null,
      upstreamType: null,
      upstreamStatus: null,
      retryable: true,
    };
    await changeJob(this.dependencies.store, job, { name: "finished", at }, (current) =>
      current.submission === "UNCONFIRMED" ? fail(current, error, BILLING_UNKNOWN, at) : null,
    );
  }
}

/** The seed, drawn from 32 bits where the caller gave none, makes an input as good as unique. */
function hasInputOf({ input }: PastRequest, { input: own }: Job): boolean {
  return (
    hasAudioOf(input.audio_url, own.audioUrl) &&
    input.prompt === own.prompt &&
    String(input.seed) === own.seed.toString() &&
    input.mask_start === own.maskStart &&
    input.mask_end === own.maskEnd &&
    input.guidance_scale === own.guidanceScale &&
    input.num_inference_steps === own.numInferenceSteps &&
    (input.seconds_total ?? null) === own.secondsTotal
  );
}

/** Data that came in a data: URI may have been sent as such, or from upstream's storage under an address not known here. */
function hasAudioOf(sent: unknown, own: string): boolean {
  if (typeof sent !== "string") return false;
  if (!isDataUri(own)) return sent === own;
  return !isDataUri(sent) || displayUrl(sent) === own;
}
