import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
} from "rate-limiter-flexible";
import { RateLimitedError } from "../../errors.js";
import type { RequestAllowance } from "../services.js";
import type { Database, SqlValue } from "../store/database.js";
import {
  type LimitUse,
  MINUTE_MS,
  nameLimit,
  type QuotaSettings,
  type Scope,
  scopesFor,
  secondsUntil,
} from "./limits.js";

const NAME = "REQUESTS_PER_MINUTE";

/**
 * Counts requests in windows of a minute: in memory, or where instances share a database, there, for all of them
 * together. A refused caller is remembered in memory until its minute is over, so that a flood is not one of the database.
 */
export class RequestLimit {
  private readonly own: RateLimiterAbstract | null;
  private readonly total: RateLimiterAbstract | null;

  constructor(
    database: Database,
    private readonly settings: QuotaSettings,
    private readonly clock: () => number,
  ) {
    this.own = createLimiter(database, "caller", settings.perCaller[NAME]);
    this.total = createLimiter(database, "total", settings.total[NAME]);
  }

  /** Counts one request of the caller's. Throws RateLimitedError. @returns what it has left; null without a limit. */
  async count(callerId: string): Promise<RequestAllowance | null> {
    const [own, total] = scopesFor(this.settings, callerId);
    const allowance = this.own && (await this.consume(this.own, own));
    const shared = this.total && (await this.consume(this.total, total));
    return allowance ?? shared;
  }

  async use(callerId: string): Promise<LimitUse> {
    const limit = this.settings.perCaller[NAME];
    const counted = (await this.own?.get(callerId)) ?? null;
    if (counted === null) return { name: NAME, limit, used: 0, resetsAt: null };
    // Refused ones may be counted, too.
    const used = Math.min(counted.consumedPoints, limit ?? 0);
    return { name: NAME, limit, used, resetsAt: this.clock() + counted.msBeforeNext };
  }

  private async consume(limiter: RateLimiterAbstract, scope: Scope): Promise<RequestAllowance> {
    const limit = limiter.points;
    try {
      const { remainingPoints, msBeforeNext } = await limiter.consume(scope.callerId ?? "all");
      return { limit, remaining: remainingPoints, resetsAt: this.clock() + msBeforeNext };
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const seconds = secondsUntil(refusal.msBeforeNext, 0);
      throw new RateLimitedError(
        `${nameLimit(scope, NAME, String(limit))} is reached. Try again in ${seconds} s.`,
        limit,
        seconds,
      );
    }
  }
}

function createLimiter(database: Database, keyPrefix: string, points: number | null): RateLimiterAbstract | null {
  if (points === null) return null;
  const options = { keyPrefix, points, duration: MINUTE_MS / 1_000 };
  if (!database.shared) return new RateLimiterMemory(options);
  return new RateLimiterPostgres({
    ...options,
    storeType: "pool",
    storeClient: asPool(database),
    tableName: "request_count",
    // By the migrations.
    tableCreated: true,
    inMemoryBlockOnConsumed: points,
  });
}

/** As much of a connection pool as the limiter uses. */
function asPool(database: Database) {
  return {
    query: async ({ text, values }: { text: string; values: readonly SqlValue[] }) => {
      const rows = await database.query(text, values);
      return { rows, rowCount: rows.length };
    },
  };
}
