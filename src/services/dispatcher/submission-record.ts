import type { Logger } from "pino";
import type { Job, JobError } from "../job.js";
import { bindRequest, cancel, fail, loseAnswer, NOT_BILLED, returnToWaiting, startSending } from "../job-state.js";
import { changeJob } from "../jobs/change-job.js";
import { reasonOf } from "../reason-of.js";
import type { JobEventName } from "../store/job-change.js";
import type { JobStore } from "../store/job-store.js";
import { Backoff } from "../tracker/backoff.js";

export interface RecordDependencies {
  readonly store: JobStore;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly closing: AbortSignal;
}

type Step = (job: Job) => Job | null;

/** What is stored of a job while it waits and is sent. Null: the step was not legal any more. */
export class SubmissionRecord {
  constructor(private readonly dependencies: RecordDependencies) {}

  /** To be committed before the first byte goes out. */
  claim(job: Job, ownerId: string): Promise<Job | null> {
    return this.step(job, "sending", (current) => startSending(current, ownerId, this.dependencies.clock()));
  }

  bind(job: Job, requestId: string): Promise<Job | null> {
    return this.persist(job, "submitted", (current) => bindRequest(current, requestId, this.dependencies.clock()));
  }

  async loseAnswer(job: Job): Promise<void> {
    await this.persist(job, "unconfirmed", loseAnswer);
  }

  /** Upstream refused it for good. */
  async refuse(job: Job, error: JobError): Promise<void> {
    await this.persist(job, "finished", (current) => fail(current, error, NOT_BILLED, this.dependencies.clock()));
  }

  /** Back to waiting, unless the caller wished it cancelled while it was on its way: then it ends here, unsent. */
  async putBack(job: Job): Promise<void> {
    await this.persist(job, "waiting", (current) => {
      const waiting = returnToWaiting(current, job);
      return waiting && waiting.cancelRequestedAt !== null
        ? cancel(waiting, NOT_BILLED, this.dependencies.clock())
        : waiting;
    });
  }

  async timeOut(job: Job): Promise<void> {
    await this.endUnsent(job, {
      code: "TIMED_OUT",
      message: "The job was not sent before its start deadline. Submit it again, or allow a longer startTimeout.",
      field: ["options", "startTimeout"],
      upstreamType: null,
      upstreamStatus: null,
      retryable: true,
    });
  }

  async endUnsent(job: Job, error: JobError): Promise<void> {
    await this.step(job, "finished", (current) =>
      current.submission === "WAITING" ? fail(current, error, NOT_BILLED, this.dependencies.clock()) : null,
    );
  }

  private step(job: Job, name: JobEventName, next: Step): Promise<Job | null> {
    return changeJob(this.dependencies.store, job, { name, at: this.dependencies.clock() }, next);
  }

  /** What upstream answered must not be lost to a store that is in trouble: tried until it is written. */
  private async persist(job: Job, name: JobEventName, next: Step): Promise<Job | null> {
    const backoff = new Backoff(200, 5_000);
    for (;;) {
      try {
        return await this.step(job, name, next);
      } catch (error) {
        this.dependencies.logger.error({ jobId: job.id, reason: reasonOf(error) }, "an answer waits to be stored");
        await backoff.wait(this.dependencies.closing);
      }
    }
  }
}
