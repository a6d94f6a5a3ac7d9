import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { ReceivedWebhook } from "../../src/services/services.js";
import { json, type ScriptedUpstream } from "./scripted-upstream.js";

export const JWKS = "GET /.well-known/jwks.json";
export const USER_ID = "github|4711";

export interface WebhookChanges {
  readonly key?: KeyObject;
  readonly userId?: string;
  readonly timestamp?: number;
  readonly body?: string;
  /** What the headers say, when that is not the body's. */
  readonly headerRequestId?: string;
}

/** Signs as fal does, and publishes its keys as fal does: two, with a padded point, beside one of another kind. */
export class FalSigner {
  private pairs = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")];
  private readonly stranger = generateKeyPairSync("ed25519");

  get keys(): readonly KeyObject[] {
    return this.pairs.map(({ privateKey }) => privateKey);
  }

  /** One that is published nowhere. */
  get foreignKey(): KeyObject {
    return this.stranger.privateKey;
  }

  /** From now on another first key. */
  rotate(): void {
    this.pairs = [generateKeyPairSync("ed25519"), ...this.pairs.slice(0, 1)];
  }

  publishAt(upstream: ScriptedUpstream): void {
    upstream.on(JWKS, (response, request) => json(200, this.keySet())(response, request));
  }

  keySet(): unknown {
    const keys = this.pairs.map(({ publicKey }, index) => {
      const { x } = publicKey.export({ format: "jwk" });
      return { kty: "OKP", crv: "Ed25519", kid: `k${index}`, use: "sig", x: `${x}=` };
    });
    return { keys: [{ kty: "RSA", kid: "other", n: "AQAB", e: "AQAB" }, ...keys] };
  }

  /** Headers and body of a delivery about this request. */
  deliver(requestId: string, changes: WebhookChanges = {}): Pick<ReceivedWebhook, "headers" | "body"> {
    const { key = this.keys[0], userId = USER_ID, timestamp = Math.floor(Date.now() / 1_000) } = changes;
    const text =
      changes.body ??
      `{"error": null, "gateway_request_id": "g-${requestId}", "payload": {"seed": 7}, "request_id": "${requestId}", "status": "OK"}`;
    const body = Buffer.from(text);
    const signedId = changes.headerRequestId ?? requestId;
    const digest = createHash("sha256").update(body).digest("hex");
    const message = Buffer.from(`${signedId}\n${userId}\n${timestamp}\n${digest}`);
    const headers = {
      "content-type": "application/json",
      "x-fal-webhook-request-id": signedId,
      "x-fal-webhook-user-id": userId,
      "x-fal-webhook-timestamp": String(timestamp),
      "x-fal-webhook-signature": sign(null, message, key as KeyObject).toString("hex"),
    };
    return { headers, body };
  }
}
