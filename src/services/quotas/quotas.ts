import { RateLimitedError } from "../../errors.js";
import { Observations } from "../../observations.js";
import type { Caller, Job } from "../job.js";
import type { RequestAllowance } from "../services.js";
import type { Database, Query } from "../store/database.js";
import { forgetUpload, forgetUploadsBefore } from "../store/usage.js";
import { describeLimits } from "./describe-limits.js";
import { checkJobQuotas } from "./job-quotas.js";
import { DAY_MS, type LimitName, type LimitUse, QuotaExceededError, type QuotaSettings } from "./limits.js";
import { RequestLimit } from "./request-limit.js";
import { SubscriptionLimit } from "./subscription-limit.js";
import { addUpload, type NewUpload } from "./upload-quota.js";

/** All limits of callers: who checks one asks here. */
export class Quotas {
  readonly requests: RequestLimit;
  readonly subscriptions: SubscriptionLimit;

  constructor(
    private readonly database: Database,
    private readonly settings: QuotaSettings,
    private readonly clock: () => number,
    private readonly observations = new Observations(),
  ) {
    this.requests = new RequestLimit(database, settings, clock);
    this.subscriptions = new SubscriptionLimit(settings);
  }

  /** Counts one request. Throws RateLimitedError. @returns what the caller has left; null without a limit. */
  countRequest(callerId: string): Promise<RequestAllowance | null> {
    return this.requests.count(callerId).catch((error: unknown) => this.refuse(error, "REQUESTS_PER_MINUTE"));
  }

  /** Counts one more watch, until the function it returns is called, once. Throws RateLimitedError. */
  takeSubscription(callerId: string): () => void {
    try {
      return this.subscriptions.take(callerId);
    } catch (error) {
      return this.refuse(error, "SUBSCRIPTIONS");
    }
  }

  /**
   * Checks a new job in the transaction that has just stored it. Throws QuotaExceededError, which undoes that.
   *
   * @param audioBytes what it brings along as a data: URI; counts as an upload.
   */
  async admitJob(query: Query, { id, callerId, createdAt }: Job, audioBytes: number): Promise<void> {
    try {
      await checkJobQuotas(this.database, query, this.settings, { callerId, now: createdAt });
      if (audioBytes === 0) return;
      await addUpload(this.database, query, this.settings, { id, callerId, at: createdAt, bytes: audioBytes });
    } catch (error) {
      this.refuse(error);
    }
  }

  /** Counts an upload before its address is given out. Throws QuotaExceededError. */
  addUpload(upload: NewUpload): Promise<void> {
    return this.database
      .transaction((query) => addUpload(this.database, query, this.settings, upload))
      .catch((error: unknown) => this.refuse(error));
  }

  /** There was no upload after all. */
  takeUploadBack({ id }: NewUpload): Promise<void> {
    return forgetUpload(this.database.query, id);
  }

  describe(caller: Caller): Promise<LimitUse[]> {
    const { database, settings, requests, subscriptions } = this;
    return describeLimits({ database, settings, requests, subscriptions, now: this.clock() }, caller);
  }

  /** Forgets what no limit counts any more. */
  forgetOld(): Promise<void> {
    return forgetUploadsBefore(this.database.query, this.clock() - DAY_MS);
  }

  /** Tells of the refusal, if it is one, and throws it on. @param limit the one that a RateLimitedError is about. */
  private refuse(error: unknown, limit?: LimitName): never {
    const reached =
      error instanceof QuotaExceededError ? error.limitName : error instanceof RateLimitedError ? limit : undefined;
    if (reached !== undefined) this.observations.emit("limit-reached", { limit: reached });
    throw error;
  }
}
