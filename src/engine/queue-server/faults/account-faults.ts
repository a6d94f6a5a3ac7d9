import type { FastifyRequest } from "fastify";
import type { CallKind } from "../call-kind.js";
import type { FaultList, Target } from "./fault-list.js";

/** What fal asks a key for: all but the bytes themselves and the public keys. */
const WITHOUT_KEY: ReadonlySet<CallKind> = new Set(["upload", "file", "jwks"]);
const KEY_FORM = /^Key [^\s:]+:[^\s:]+$/;

interface Refusal {
  statusCode: number;
  detail: string;
}

/** Why a caller's account or key is refused, in fal's words (captured from live fal); null when it is not. */
export function accountRefusal(
  faults: FaultList,
  { headers, url }: FastifyRequest,
  kind: CallKind,
  target: Target,
): Refusal | null {
  if (WITHOUT_KEY.has(kind)) return null;
  const isRefused = faults.strike("key-refused", target) !== null;
  if (isRefused || faults.strike("key-required", target) !== null) {
    if (headers.authorization === undefined) {
      const application = url.split(/[/?]/).slice(1, 3).join("/");
      const reason = "Authentication is required to access this application.";
      return { statusCode: 401, detail: `Cannot access application "${application}". ${reason}` };
    }
    if (!KEY_FORM.test(headers.authorization)) {
      const detail = "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'.";
      return { statusCode: 401, detail };
    }
    if (isRefused) return { statusCode: 401, detail: "No user found for Key ID and Secret" };
  }
  if (kind !== "submit" || faults.strike("balance-locked", target) === null) return null;
  const advice = "Top up your balance at fal.ai/dashboard/billing.";
  return { statusCode: 403, detail: `User is locked. Reason: Exhausted balance. ${advice}` };
}
