import { createHash } from "node:crypto";
import type { JsonObject } from "../lossless-body.js";
import { toPythonJson } from "../python-json.js";
import type { QueueRequest } from "../queue-request.js";
import type { ResultReply } from "../result-reply.js";
import type { WebhookKeyName, WebhookKeys } from "./webhook-keys.js";

/** One webhook to come: what it says, and how it is signed. */
export interface WebhookDelivery {
  body: JsonObject;
  requestIdHeader: string;
  /** The age its timestamp claims; 0: it is stamped as it goes out. */
  ageSeconds: number;
  /** A repeated call has the timestamp of the first. */
  keepsStamp: boolean;
  key: WebhookKeyName;
  delayMs: number;
}

/** An account id as fal's look. */
export const USER_ID = "engine|punchin";

/** What a webhook says about a request that has ended (fal docs, "Webhooks"). */
export function webhookDelivery(request: QueueRequest, { statusCode, body }: ResultReply): WebhookDelivery {
  const isOk = statusCode < 400;
  return {
    body: {
      request_id: request.id,
      gateway_request_id: request.gatewayRequestId,
      status: isOk ? "OK" : "ERROR",
      error: isOk ? null : `Invalid status code: ${statusCode}`,
      payload: body,
    },
    requestIdHeader: request.id,
    ageSeconds: 0,
    keepsStamp: false,
    key: "current",
    delayMs: 0,
  };
}

/** The request that goes out: signed over id, user, time and the very bytes of the body. */
export function signedCall(
  { body, requestIdHeader, key }: WebhookDelivery,
  timestamp: number,
  keys: WebhookKeys,
): { text: string; headers: Record<string, string> } {
  const text = toPythonJson(body);
  const digest = createHash("sha256").update(text).digest("hex");
  const message = [requestIdHeader, USER_ID, timestamp, digest].join("\n");
  return {
    text,
    headers: {
      "content-type": "application/json",
      "x-fal-webhook-request-id": requestIdHeader,
      "x-fal-webhook-user-id": USER_ID,
      "x-fal-webhook-timestamp": String(timestamp),
      "x-fal-webhook-signature": keys.sign(message, key),
    },
  };
}
