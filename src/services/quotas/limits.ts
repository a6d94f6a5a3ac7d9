import type { UserFault } from "../services.js";

/** What is limited, by the API's names. */
export type LimitName =
  | "ACTIVE_JOBS"
  | "JOBS_PER_HOUR"
  | "JOBS_PER_DAY"
  | "SPEND_PER_DAY"
  | "UPLOAD_BYTES_PER_DAY"
  | "SUBSCRIPTIONS"
  | "REQUESTS_PER_MINUTE";

/** Null: no limit. */
export type Limits = Readonly<Record<LimitName, number | null>>;

export interface QuotaSettings {
  readonly perCaller: Limits;
  /** For all callers together. */
  readonly total: Limits;
  /** What an accepted job counts towards SPEND_PER_DAY, as long as it is not known that it was not billed. */
  readonly pricePerJobUsd: number;
}

/** How much of one limit is used, and when that next shrinks; null when no time tells. */
export interface LimitUse {
  readonly name: LimitName;
  readonly limit: number | null;
  readonly used: number;
  readonly resetsAt: number | null;
}

export const MINUTE_MS = 60 * 1_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A limit on jobs or uploads is reached. Thrown in the transaction that would use it up, which is thereby undone. */
export class QuotaExceededError extends Error {
  override readonly name = "QuotaExceededError";

  constructor(
    readonly limitName: LimitName,
    message: string,
  ) {
    super(message);
  }
}

/** The refusal as the caller reads it. @param bytesField the input field that bytes came by. */
export function quotaFault({ limitName, message }: QuotaExceededError, bytesField: string): UserFault {
  return { code: "QUOTA_EXCEEDED", message, field: limitName === "UPLOAD_BYTES_PER_DAY" ? [bytesField] : null };
}

/** Whom a limit counts: one caller, or all together (null). */
export interface Scope {
  readonly callerId: string | null;
  readonly limits: Limits;
}

export function scopesFor(settings: QuotaSettings, callerId: string): readonly [Scope, Scope] {
  return [
    { callerId, limits: settings.perCaller },
    { callerId: null, limits: settings.total },
  ];
}

/** The caller's own limit, or the one that all share: which it is that holds the caller up. */
export function nameLimit({ callerId }: Scope, name: LimitName, figure: string): string {
  return callerId === null
    ? `This server's limit ${name} for all callers, ${figure},`
    : `Your limit ${name}, ${figure},`;
}

export function tryAgainAt(time: number, now: number): string {
  return `Try again in ${secondsUntil(time, now)} s, at ${new Date(time).toISOString()}.`;
}

/** Whole seconds to wait, at least one. */
export function secondsUntil(time: number, now: number): number {
  return Math.max(1, Math.ceil((time - now) / 1_000));
}
