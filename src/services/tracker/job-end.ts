import type { Logger } from "pino";
import type { UpstreamStatus } from "../fal/decode.js";
import type { FalQueue } from "../fal/fal-queue.js";
import { NO_ERROR, type ResultOutcome } from "../fal/result-outcome.js";
import { BILLING_UNKNOWN, cancel, complete, fail, isFinished, NOT_BILLED } from "../job-state.js";
import type { JobRecord } from "./job-record.js";
import { timedOut } from "./state-deadline.js";

export interface EndDependencies {
  readonly queue: FalQueue;
  readonly logger: Logger;
  readonly clock: () => number;
}

/** A result that may not be upstream's last word is asked for again for this long. */
const DOUBT_MS = 30_000;

/** How a followed job ends: told with upstream's result in hand, or given up without one. */
export class JobEnd {
  private doubtedSince: number | null = null;

  /** @param signal ends the question for the result. */
  constructor(
    private readonly record: JobRecord,
    private readonly dependencies: EndDependencies,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Upstream says COMPLETED: the job is finished as its result says. It stays as it is where there is no result yet, or
   * one that is in doubt; then it is to be asked for again after a pause.
   *
   * @param isOverdue the job's time is up.
   */
  async tell(status: UpstreamStatus, isOverdue: boolean): Promise<void> {
    const outcome = await this.askForResult(status);
    if (outcome.kind !== "pending" && !this.isInDoubt(outcome)) {
      await this.finish(outcome, isOverdue, status.inferenceSeconds);
    }
  }

  /** Upstream has not known the request for long: what it answers now is believed. @returns whether the job is finished. */
  async tellForgotten(isOverdue: boolean): Promise<boolean> {
    const outcome = await this.askForResult(NO_ERROR);
    if (outcome.kind !== "pending") await this.finish(outcome, isOverdue, null);
    return isFinished(this.record.job);
  }

  /** The job's time is up, and what becomes of it upstream can't be learnt. */
  giveUp(): Promise<void> {
    const at = this.dependencies.clock();
    const settlement = this.dependencies.queue.kind === "LOCAL" ? NOT_BILLED : BILLING_UNKNOWN;
    return this.record.step({ name: "finished", at }, (job) => fail(job, timedOut(job, false), settlement, at));
  }

  private askForResult(told: Pick<UpstreamStatus, "error" | "errorType">): Promise<ResultOutcome> {
    const { requestId, job } = this.record;
    return this.dependencies.queue.result(requestId, job.input.seed, told, this.signal);
  }

  private isInDoubt(outcome: Settled): boolean {
    if (outcome.kind !== "failed" || outcome.certain) return false;
    const now = this.dependencies.clock();
    this.doubtedSince ??= now;
    if (now - this.doubtedSince >= DOUBT_MS) return false;
    const { id: jobId } = this.record.job;
    const { upstreamStatus: status } = outcome.error;
    this.dependencies.logger.warn({ jobId, requestId: this.record.requestId, status }, "the result is asked for again");
    return true;
  }

  private async finish(outcome: Settled, isOverdue: boolean, inferenceSeconds: number | null): Promise<void> {
    const settlement = { ...outcome.settlement, inferenceSeconds };
    const at = this.dependencies.clock();
    await this.record.step({ name: "finished", at }, (job) => {
      if (outcome.kind === "output") return complete(job, outcome.output, settlement, at);
      if (outcome.kind === "failed") return fail(job, outcome.error, settlement, at);
      // Nobody asked for it, so it was cancelled because its time was up.
      if (job.cancelRequestedAt === null && isOverdue) return fail(job, timedOut(job, true), settlement, at);
      return cancel(job, settlement, at);
    });
  }
}

type Settled = Exclude<ResultOutcome, { kind: "pending" }>;
