import { RateLimitedError } from "../../errors.js";
import { nameLimit, type QuotaSettings, scopesFor } from "./limits.js";

/** Nobody knows when a watch ends; this is soon enough to be worth a try. */
const RETRY_AFTER_SECONDS = 5;

/** Counts the watches that run on this instance. */
export class SubscriptionLimit {
  private readonly counts = new Map<string | null, number>();

  constructor(private readonly settings: QuotaSettings) {}

  /** How many watches a caller has, or all (null) have together. */
  count(callerId: string | null): number {
    return this.counts.get(callerId) ?? 0;
  }

  /** Counts one more, until the function it returns is called, once. Throws RateLimitedError at the limit. */
  take(callerId: string): () => void {
    for (const scope of scopesFor(this.settings, callerId)) {
      const limit = scope.limits.SUBSCRIPTIONS;
      if (limit === null || this.count(scope.callerId) < limit) continue;
      throw new RateLimitedError(
        `${nameLimit(scope, "SUBSCRIPTIONS", String(limit))} is reached. Try again when one of the running subscriptions has ended.`,
        limit,
        RETRY_AFTER_SECONDS,
      );
    }
    this.add(callerId, 1);
    this.add(null, 1);
    return () => {
      this.add(callerId, -1);
      this.add(null, -1);
    };
  }

  private add(callerId: string | null, change: number): void {
    const count = this.count(callerId) + change;
    if (count === 0) this.counts.delete(callerId);
    else this.counts.set(callerId, count);
  }
}
