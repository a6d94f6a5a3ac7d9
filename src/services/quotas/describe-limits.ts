import type { Caller } from "../job.js";
import type { Database } from "../store/database.js";
import { countActiveJobs, countJobs, countUploads } from "../store/usage.js";
import { DAY_MS, HOUR_MS, type LimitName, type LimitUse, type QuotaSettings } from "./limits.js";
import type { RequestLimit } from "./request-limit.js";
import type { SubscriptionLimit } from "./subscription-limit.js";

/** Beyond this a figure tells nothing any more. */
const MAX_COUNT = 1_000_000;

export interface LimitSources {
  readonly database: Database;
  readonly settings: QuotaSettings;
  readonly requests: RequestLimit;
  readonly subscriptions: SubscriptionLimit;
  readonly now: number;
}

/** How much of each limit the caller has used. The holder of a watch token has only those that watching touches. */
export async function describeLimits(sources: LimitSources, caller: Caller): Promise<LimitUse[]> {
  const watching = [subscriptionUse(sources, caller), await sources.requests.use(caller.id)];
  return caller.onlyJobId === undefined ? [...(await jobUses(sources, caller.id)), ...watching] : watching;
}

function subscriptionUse({ settings, subscriptions }: LimitSources, { id }: Caller): LimitUse {
  return {
    name: "SUBSCRIPTIONS",
    limit: settings.perCaller.SUBSCRIPTIONS,
    used: subscriptions.count(id),
    resetsAt: null,
  };
}

async function jobUses({ database, settings, now }: LimitSources, callerId: string): Promise<LimitUse[]> {
  const { query } = database;
  const hour = await countJobs(query, { callerId }, now - HOUR_MS);
  const day = await countJobs(query, { callerId }, now - DAY_MS);
  const charged = await countJobs(query, { callerId, chargedOnly: true }, now - DAY_MS);
  const uploads = await countUploads(query, callerId, now - DAY_MS);
  const use = (name: LimitName, used: number, oldestAt: number | null = null, lengthMs = 0): LimitUse => ({
    name,
    limit: settings.perCaller[name],
    used,
    resetsAt: oldestAt === null ? null : oldestAt + lengthMs,
  });
  const spent = Number((charged.count * settings.pricePerJobUsd).toFixed(6));
  return [
    use("ACTIVE_JOBS", await countActiveJobs(query, callerId, MAX_COUNT)),
    use("JOBS_PER_HOUR", hour.count, hour.oldestAt, HOUR_MS),
    use("JOBS_PER_DAY", day.count, day.oldestAt, DAY_MS),
    use("SPEND_PER_DAY", spent, charged.oldestAt, DAY_MS),
    use("UPLOAD_BYTES_PER_DAY", uploads.bytes, uploads.oldestAt, DAY_MS),
  ];
}
