import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { Outbound, OutboundError } from "../../../outbound/outbound.js";
import { toJson } from "../lossless-body.js";
import type { QueueRequest, RequestedWebhook } from "../queue-request.js";
import type { RequestRegister } from "../request-register.js";
import type { ResultReply } from "../result-reply.js";
import type { Seams } from "../seams.js";
import { signedCall, type WebhookDelivery, webhookDelivery } from "./webhook-delivery.js";
import type { WebhookKeys } from "./webhook-keys.js";

export interface WebhookSenderOptions {
  register: RequestRegister;
  keys: WebhookKeys;
  /** What the result URL answers. */
  readResult: (request: QueueRequest) => Promise<ResultReply>;
  seams: Pick<Seams, "planWebhook" | "webhookCalled">;
  isAllowedAddress: (address: string) => boolean;
  /** How long after a call without success the next one comes; doubled each time. */
  retryDelayMs: number;
  logger: Logger;
}

/** fal's figures (fal docs, "Webhooks"). */
const MAX_CALLS = 31;
const FIRST_TIMEOUT_MS = 15_000;
const RETRY_TIMEOUT_MS = 120_000;
/** Calls end when fal would have forgotten the result: after an hour, after 6 minutes from 10 KB on. */
const LIFE_MS = 60 * 60_000;
const LARGE_LIFE_MS = 6 * 60_000;
const LARGE_RESULT_CHARACTERS = 10_000;
/** With it the 31 calls fit into the hour. */
const MAX_RETRY_DELAY_MS = 128_000;

/**
 * Tells of the end of each request that came with a webhook, at least once: signed, repeated until a 2xx comes, a
 * redirect comes, or time is up; also after a restart. No redirect is followed, and what may not be called is not.
 */
export class WebhookSender {
  private readonly closing = new AbortController();
  private readonly sending = new Set<Promise<void>>();

  constructor(private readonly options: WebhookSenderOptions) {
    options.register.onEnd((request) => this.send(request));
  }

  /** Goes on with what an earlier process has left. After the register is loaded. */
  open(): void {
    for (const request of this.options.register.all()) if (request.status === "COMPLETED") this.send(request);
  }

  /** Stops at once; what is not delivered comes after the next start. */
  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all(this.sending);
  }

  private send(request: QueueRequest): void {
    const { webhook } = request;
    if (!webhook || webhook.settled || this.closing.signal.aborted) return;
    const sent = this.deliver(request, webhook)
      .catch((error: unknown) => {
        if (this.closing.signal.aborted) return;
        this.options.logger.warn({ error, requestId: request.id }, "webhook not delivered");
      })
      .finally(() => this.sending.delete(sent));
    this.sending.add(sent);
  }

  private async deliver(request: QueueRequest, webhook: RequestedWebhook): Promise<void> {
    const { register, readResult, seams } = this.options;
    const result = await readResult(request);
    const isLarge = toJson(result.body).length >= LARGE_RESULT_CHARACTERS;
    const endsAtMs = (request.endedAtMs ?? 0) + (isLarge ? LARGE_LIFE_MS : LIFE_MS);
    const deliveries = seams.planWebhook(request, webhookDelivery(request, result));
    await Promise.all(deliveries.map((delivery) => this.repeat(request, webhook.url, delivery, endsAtMs)));
    webhook.settled = true;
    // Forgotten meanwhile, it must not come back.
    if (register.get(request.id) === request) await register.save(request, { durable: false });
  }

  private async repeat(
    request: QueueRequest,
    target: string,
    delivery: WebhookDelivery,
    endsAtMs: number,
  ): Promise<void> {
    const { signal } = this.closing;
    const firstStamp = Math.floor(Date.now() / 1000);
    let pauseMs = delivery.delayMs;
    for (let call = 0; call < MAX_CALLS; call++) {
      if (pauseMs > 0) await delay(pauseMs, undefined, { signal, ref: false });
      if (call > 0 && Date.now() > endsAtMs) return;
      const stamp = delivery.keepsStamp ? firstStamp : Math.floor(Date.now() / 1000);
      const timeoutMs = call === 0 ? FIRST_TIMEOUT_MS : RETRY_TIMEOUT_MS;
      const statusCode = await this.call(target, delivery, stamp - delivery.ageSeconds, timeoutMs);
      if (statusCode === "forbidden") return;
      this.options.seams.webhookCalled(request, statusCode);
      if (statusCode !== null && statusCode < 400) return;
      pauseMs = Math.min(this.options.retryDelayMs * 2 ** call, MAX_RETRY_DELAY_MS);
    }
  }

  /** null when no answer came. */
  private async call(
    target: string,
    delivery: WebhookDelivery,
    timestamp: number,
    timeoutMs: number,
  ): Promise<number | null | "forbidden"> {
    const { text, headers } = signedCall(delivery, timestamp, this.options.keys);
    const outbound = new Outbound({ isAllowedAddress: this.options.isAllowedAddress });
    const { signal } = this.closing;
    try {
      return await outbound.exchange(
        target,
        { method: "POST", headers: { ...headers, "user-agent": "punchin-engine" }, body: text, timeoutMs, signal },
        async ({ status }) => status,
      );
    } catch (error) {
      signal.throwIfAborted();
      // fal drops what leads to a private address without a word.
      const isForbidden = error instanceof OutboundError && (error.fault === "not-public" || error.fault === "bad-url");
      return isForbidden ? "forbidden" : null;
    } finally {
      await outbound.close();
    }
  }
}
