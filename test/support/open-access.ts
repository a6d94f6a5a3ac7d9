import type { AuthSettings } from "../../src/services/access/authenticator.js";
import type { Limits, QuotaSettings } from "../../src/services/quotas/limits.js";
import { Quotas } from "../../src/services/quotas/quotas.js";
import type { Database } from "../../src/services/store/database.js";

export const NO_LIMITS: Limits = {
  ACTIVE_JOBS: null,
  JOBS_PER_HOUR: null,
  JOBS_PER_DAY: null,
  SPEND_PER_DAY: null,
  UPLOAD_BYTES_PER_DAY: null,
  SUBSCRIPTIONS: null,
  REQUESTS_PER_MINUTE: null,
};

/** No limit but those given. */
export function makeLimits({
  perCaller = {},
  total = {},
}: {
  perCaller?: Partial<Limits>;
  total?: Partial<Limits>;
} = {}): QuotaSettings {
  return { perCaller: { ...NO_LIMITS, ...perCaller }, total: { ...NO_LIMITS, ...total }, pricePerJobUsd: 0.2 };
}

/** Anyone may do anything: for what is no matter of who and how much. */
export const OPEN_ACCESS: { readonly auth: AuthSettings; readonly quotas: QuotaSettings } = {
  auth: { mode: "none" },
  quotas: makeLimits(),
};

export function unlimited(database: Database): Quotas {
  return new Quotas(database, OPEN_ACCESS.quotas, Date.now);
}
