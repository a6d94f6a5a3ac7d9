import { z } from "zod";
import { CALL_KINDS } from "../call-kind.js";

/** Whom a fault strikes; left out: everybody. */
const match = z.union([
  z.literal("next"),
  z.strictObject({ requestId: z.string() }),
  z.strictObject({ inputContains: z.string().min(1) }),
]);

const at = z.enum(CALL_KINDS);
const count = z.number().int().min(0);
const milliseconds = z.number().min(0).max(86_400_000);
const statusCode = z.number().int().min(100).max(599);
const headers = z.record(z.string(), z.string());

/** What `times` counts. A fault that strikes a request strikes it for good, and counts once for it. */
type Counts = "calls" | "requests";
const countsByFault = new Map<string, Counts>();

function define<Name extends string, Members extends z.ZodRawShape>(
  name: Name,
  counts: Counts,
  defaultTimes: number | null,
  members: Members,
) {
  countsByFault.set(name, counts);
  return z.strictObject({
    fault: z.literal(name),
    match: match.optional(),
    /** null: always. */
    times: z.number().int().min(1).nullable().default(defaultTimes),
    ...members,
  });
}

const ofCalls = <Name extends string, Members extends z.ZodRawShape>(name: Name, members: Members) =>
  define(name, "calls", 1, members);
const ofAccount = <Name extends string>(name: Name) => define(name, "calls", null, {});
const ofRequests = <Name extends string, Members extends z.ZodRawShape>(name: Name, members: Members) =>
  define(name, "requests", null, members);

const step = z.union([
  z.strictObject({
    log: z.string(),
    level: z.enum(["INFO", "WARN", "ERROR"]).nullable().default("INFO"),
    timestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  z.strictObject({ progress: z.number().min(0).max(1) }),
  z.strictObject({ waitMs: milliseconds }),
  z.strictObject({ hold: z.string() }),
]);

export type ScriptStep = z.infer<typeof step>;

const outcome = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("audio") }),
  z.strictObject({
    kind: z.literal("model-error"),
    statusCode: statusCode.default(422),
    detail: z.union([z.string(), z.array(z.record(z.string(), z.unknown()))]).optional(),
  }),
  z.strictObject({
    kind: z.literal("infrastructure-error"),
    statusCode,
    errorType: z.string(),
    message: z.string().default("The request could not be served"),
    userDeadline: z.boolean().default(false),
  }),
]);

export type ScriptedOutcome = z.infer<typeof outcome>;

/** Every fault there is, with its members and their defaults; README.md says what each does. */
export const faultSchema = z.discriminatedUnion("fault", [
  ofCalls("answer", { at, statusCode, body: z.unknown().optional(), headers: headers.default({}) }),
  ofCalls("html", { at, statusCode: statusCode.default(200) }),
  ofCalls("redirect", { at, location: z.string().default("https://example.com/") }),
  ofCalls("large-json", { at, bytes: count.max(1e9).default(50_000_000) }),
  ofCalls("silence", { at }),
  ofCalls("reset", { at, processed: z.boolean().default(false) }),
  ofCalls("truncated", { at }),
  ofCalls("wrong-content-type", { at, contentType: z.string().default("text/plain") }),
  ofCalls("slow", { at, delayMs: milliseconds.default(1_000) }),

  ofAccount("key-required"),
  ofAccount("key-refused"),
  ofAccount("balance-locked"),

  ofRequests("scripted-model", { steps: z.array(step).max(1_000).default([]), outcome: outcome.optional() }),
  ofRequests("never-starts", {}),
  ofRequests("queue-position", { position: count.default(0) }),
  ofRequests("never-completes", {}),
  ofCalls("requeued", { afterMs: milliseconds.default(0), waitMs: milliseconds.default(0) }),
  ofRequests("outcome", { outcome }),
  ofRequests("status-error", {
    error: z.string().default("Request failed"),
    errorType: z.string().default("internal_error"),
  }),
  ofRequests("cancel-ignored", {}),
  ofRequests("cancel-races-completion", {}),
  ofRequests("cancel-ok-code", { statusCode: statusCode.default(202) }),
  ofRequests("full-id-405", {}),

  ofRequests("result-expired", {
    afterSeconds: count.default(0),
    largeAfterSeconds: count.optional(),
    statusCode: statusCode.default(404),
  }),
  ofRequests("bare-audio", {}),
  ofRequests("missing-seed", {}),
  ofRequests("null-file-size", {}),
  ofRequests("octet-stream", {}),
  ofRequests("billable-units", { units: z.string().nullable().default("1") }),

  ofRequests("windowed-logs", { lines: count.min(1).default(2) }),
  ofRequests("late-traceback", { traceback: z.string().default("Traceback (most recent call last): …") }),
  ofRequests("plain-logs", {}),

  ofCalls("stream-closes", { afterEvents: count.min(1).default(1), abruptly: z.boolean().default(false) }),
  ofCalls("stream-splits", {}),
  ofCalls("stream-stalls", { afterEvents: count.default(1) }),
  ofCalls("stream-trickles", { intervalMs: milliseconds.default(60_000) }),
  ofCalls("stream-never-ends", {}),

  ofRequests("webhook-duplicated", { copies: count.min(2).max(10).default(2) }),
  ofRequests("webhook-early", {}),
  ofRequests("webhook-late", { delayMs: milliseconds.default(1_000) }),
  ofRequests("webhook-missing", {}),
  ofRequests("webhook-wrong-signature", {}),
  ofRequests("webhook-old-key", {}),
  ofRequests("webhook-stale", { ageSeconds: z.number().int().default(600) }),
  ofRequests("webhook-without-payload", {}),
  ofRequests("webhook-gateway-id", {}),
  ofRequests("webhook-keeps-stamp", {}),

  ofRequests("history-lags", { seconds: count.default(60) }),
  ofRequests("history-finished-only", {}),
]);

export type Fault = z.infer<typeof faultSchema>;
export type FaultName = Fault["fault"];
export type FaultOf<Name extends FaultName> = Extract<Fault, { fault: Name }>;

export function countsRequests(name: FaultName): boolean {
  return countsByFault.get(name) === "requests";
}
