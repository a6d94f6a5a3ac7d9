import { createHash, createPublicKey, type JsonWebKey, verify } from "node:crypto";
import type { EventQueue } from "./event-queue.js";
import { type Reply, type SeenRequest, startScriptedUpstream } from "./scripted-upstream.js";

export interface WebhookReceiver {
  readonly url: string;
  readonly arrivals: EventQueue<SeenRequest>;
  readonly requests: readonly SeenRequest[];
  /** Answers, one per webhook; the last one stays. */
  answer(...replies: Reply[]): void;
}

export const OK: Reply = (response) => void response.writeHead(200).end("thanks");

/** A real HTTP server that a caller could have named. It says 200 unless told otherwise. */
export async function startReceiver(): Promise<WebhookReceiver> {
  const server = await startScriptedUpstream();
  const answer = (...replies: Reply[]) => server.on("POST /hook", ...replies);
  answer(OK);
  return { url: `${server.url}/hook?mine=1`, arrivals: server.arrivals, requests: server.requests, answer };
}

/** Checks a webhook as fal's documentation tells receivers to. */
export function isSignedBy({ headers, body }: SeenRequest, keys: readonly JsonWebKey[], nowSeconds: number): boolean {
  const [id, user, timestamp, signature] = ["request-id", "user-id", "timestamp", "signature"].map((name) =>
    String(headers[`x-fal-webhook-${name}`]),
  );
  const digest = createHash("sha256").update(body).digest("hex");
  const message = Buffer.from([id, user, timestamp, digest].join("\n"));
  return (
    Math.abs(nowSeconds - Number(timestamp)) <= 300 &&
    keys.some((key) =>
      verify(null, message, createPublicKey({ key, format: "jwk" }), Buffer.from(signature ?? "", "hex")),
    )
  );
}

/** What the product at this address publishes. */
export async function publishedKeys(url: string): Promise<JsonWebKey[]> {
  const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: JsonWebKey[] };
  return keys;
}
