import type { Caller, Job } from "../job.js";
import type { Database, Query } from "../store/database.js";
import { forgetUpload, forgetUploadsBefore } from "../store/usage.js";
import { describeLimits } from "./describe-limits.js";
import { checkJobQuotas } from "./job-quotas.js";
import { DAY_MS, type LimitUse, type QuotaSettings } from "./limits.js";
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
  ) {
    this.requests = new RequestLimit(database, settings, clock);
    this.subscriptions = new SubscriptionLimit(settings);
  }

  /**
   * Checks a new job in the transaction that has just stored it. Throws QuotaExceededError, which undoes that.
   *
   * @param audioBytes what it brings along as a data: URI; counts as an upload.
   */
  async admitJob(query: Query, { id, callerId, createdAt }: Job, audioBytes: number): Promise<void> {
    await checkJobQuotas(this.database, query, this.settings, { callerId, now: createdAt });
    if (audioBytes === 0) return;
    await addUpload(this.database, query, this.settings, { id, callerId, at: createdAt, bytes: audioBytes });
  }

  /** Counts an upload before its address is given out. Throws QuotaExceededError. */
  addUpload(upload: NewUpload): Promise<void> {
    return this.database.transaction((query) => addUpload(this.database, query, this.settings, upload));
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
}
