import { createHash, createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { expect } from "vitest";
import type { SeenRequest } from "../support/scripted-upstream.js";

export interface WebhookBody {
  request_id: string;
  gateway_request_id: string;
  status: string;
  error: string | null;
  payload: unknown;
  payload_error?: string;
}

export async function readJwks(engineUrl: string): Promise<JsonWebKey[]> {
  const response = await fetch(`${engineUrl}/.well-known/jwks.json`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { keys: JsonWebKey[] }).keys;
}

/** Which of the keys verify a webhook, as fal's docs say it is signed. */
export function verifyingKeys({ headers, body }: SeenRequest, keys: readonly JsonWebKey[]): boolean[] {
  const digest = createHash("sha256").update(body).digest("hex");
  const names = ["x-fal-webhook-request-id", "x-fal-webhook-user-id", "x-fal-webhook-timestamp"];
  const message = Buffer.from([...names.map((name) => String(headers[name])), digest].join("\n"));
  const signature = Buffer.from(String(headers["x-fal-webhook-signature"]), "hex");
  return keys.map((key) => verify(null, message, createPublicKey({ key, format: "jwk" }), signature));
}
