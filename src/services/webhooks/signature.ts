import { createHash } from "node:crypto";

/** fal's signed form of a webhook (fal docs, "Webhooks": verification). Ours has the same. */

/** The headers, in the order in which their values are signed; the last one is the signature. */
export const STAMP_HEADERS = {
  requestId: "x-fal-webhook-request-id",
  userId: "x-fal-webhook-user-id",
  timestamp: "x-fal-webhook-timestamp",
  signature: "x-fal-webhook-signature",
} as const;

/** What is signed besides the body: values of headers, each character a byte of what is on the wire. */
export interface WebhookStamp {
  readonly requestId: string;
  readonly userId: string;
  /** Unix seconds, in decimal. */
  readonly timestamp: string;
}

/** The bytes that Ed25519 signs: the stamp and the hex SHA-256 of the raw body, one a line. */
export function signedMessage({ requestId, userId, timestamp }: WebhookStamp, body: Uint8Array): Buffer {
  const digest = createHash("sha256").update(body).digest("hex");
  return Buffer.from([requestId, userId, timestamp, digest].join("\n"), "latin1");
}
