import type { Logger } from "pino";
import { Outbound, type OutboundPolicy } from "../../outbound/outbound.js";
import type { InpaintOutput, Job } from "../job.js";
import { reasonOf } from "../reason-of.js";
import type { JobStore } from "../store/job-store.js";
import { MAX_LEFT_OUT, type WebhookDeliveries, type WebhookDelivery } from "../store/webhook-deliveries.js";
import { Sweep } from "../sweep.js";
import { STAMP_HEADERS, signedMessage } from "./signature.js";
import { requestIdOf, webhookBody } from "./webhook-body.js";
import type { WebhookKeys } from "./webhook-keys.js";

export interface WebhookSenderDependencies {
  readonly store: JobStore;
  readonly deliveries: WebhookDeliveries;
  readonly keys: WebhookKeys;
  readonly outboundPolicy: OutboundPolicy;
  /** Results are copied to the archive: webhooks wait for that, so that they name the copy. */
  readonly archives: boolean;
  /** A finished job's output as callers are shown it. */
  readonly outputOf: (job: Job) => Promise<InpaintOutput | null>;
  readonly logger: Logger;
  readonly clock: () => number;
}

const SWEEP_MS = 1_000;
/** One slow host holds no more than its share, and slow retries leave room for what comes first. */
const MAX_AT_ONCE = 32;
const MAX_PER_HOST = MAX_AT_ONCE / MAX_LEFT_OUT;
const MAX_RETRIES_AT_ONCE = 24;
/** fal's own time limits. */
const FIRST_TIMEOUT_MS = 15_000;
const RETRY_TIMEOUT_MS = 120_000;
const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 60 * 60 * 1_000;
/** A copy takes seconds. When it takes this long, the webhook names upstream's own file. */
const COPY_LIMIT_MS = 60_000;
const GIVE_UP_AFTER_MS = 24 * 60 * 60 * 1_000;

/**
 * Tells the receivers whom callers named that their jobs have ended: at least once, signed, again and again for a day
 * until a 2xx comes. What is due stands in the store; an attempt is claimed there before it is made, so that instances
 * share the work, and one that dies in the middle delays it only.
 */
export class WebhookSender {
  private readonly running = new Map<string, { delivery: WebhookDelivery; done: Promise<void> }>();
  private readonly sweep: Sweep;

  constructor(private readonly dependencies: WebhookSenderDependencies) {
    const { logger } = dependencies;
    this.sweep = new Sweep(() => this.takeDue(), { everyMs: SWEEP_MS, logger, failure: "webhooks wait" });
  }

  start(): void {
    this.sweep.start();
  }

  /** There may be something to deliver. Does nothing before the start. */
  wake(): void {
    this.sweep.wake();
  }

  /** Breaks off what is under way; the next start, or another instance, makes these attempts again. */
  async close(): Promise<void> {
    await this.sweep.close();
    await Promise.all([...this.running.values()].map(({ done }) => done));
  }

  private async takeDue(): Promise<void> {
    const { deliveries, archives, clock } = this.dependencies;
    let taken: number;
    do {
      const room = MAX_AT_ONCE - this.running.size;
      if (room === 0 || this.sweep.signal.aborted) return;
      const settledAfter = archives ? clock() - COPY_LIMIT_MS : Number.MAX_SAFE_INTEGER;
      const due = await deliveries.findDue(clock(), room, this.fullHosts(), settledAfter);
      taken = 0;
      for (const delivery of due) if (await this.take(delivery)) taken += 1;
    } while (taken > 0);
  }

  private async take(delivery: WebhookDelivery): Promise<boolean> {
    const { deliveries, clock } = this.dependencies;
    if (this.running.has(delivery.jobId) || this.countOf(delivery.host) >= MAX_PER_HOST) return false;
    if (delivery.attempts > 0 && this.countRetries() >= MAX_RETRIES_AT_ONCE) return false;
    const nextAt = clock() + timeoutOf(delivery) + pauseAfter(delivery);
    if (!(await deliveries.claim(delivery, nextAt))) return false;
    const done = this.deliver(delivery)
      .catch((error: unknown) =>
        this.dependencies.logger.error({ jobId: delivery.jobId, reason: reasonOf(error) }, "a webhook comes again"),
      )
      .finally(() => {
        this.running.delete(delivery.jobId);
        this.wake();
      });
    this.running.set(delivery.jobId, { delivery, done });
    return true;
  }

  private async deliver(delivery: WebhookDelivery): Promise<void> {
    const { store, deliveries, clock } = this.dependencies;
    const job = await store.find(delivery.jobId);
    if (!job) return;
    const log = this.dependencies.logger.child({ jobId: job.id, host: delivery.host, attempt: delivery.attempts + 1 });
    const answer = await this.post(delivery, job);
    if (answer >= 200 && answer < 300) {
      await deliveries.markDelivered(delivery, clock());
      log.info("webhook delivered");
      return;
    }
    const nextAt = this.sweep.signal.aborted ? clock() : clock() + pauseAfter(delivery);
    // As fal has it: an address that has moved is a mistake of whoever named it.
    const isFinal = (answer >= 300 && answer < 400) || nextAt > (job.finishedAt ?? 0) + GIVE_UP_AFTER_MS;
    await deliveries.postpone(delivery, isFinal ? null : nextAt);
    log.warn({ answer }, isFinal ? "webhook given up" : "webhook not delivered yet");
  }

  /** @returns the status of the answer; 0 when none came. */
  private async post({ url, attempts, jobId }: WebhookDelivery, job: Job): Promise<number> {
    const { keys, outboundPolicy, outputOf, clock, logger } = this.dependencies;
    const body = webhookBody({ ...job, output: await outputOf(job) });
    const stamp = {
      requestId: requestIdOf(job),
      userId: inPrintableAscii(job.callerId),
      timestamp: String(Math.floor(clock() / 1_000)),
    };
    const signature = await keys.sign(signedMessage(stamp, Buffer.from(body)));
    const headers = {
      "content-type": "application/json",
      "user-agent": "punchin",
      [STAMP_HEADERS.requestId]: stamp.requestId,
      [STAMP_HEADERS.userId]: stamp.userId,
      [STAMP_HEADERS.timestamp]: stamp.timestamp,
      [STAMP_HEADERS.signature]: signature.toString("hex"),
    };
    const timeoutMs = timeoutOf({ attempts });
    const outbound = new Outbound(outboundPolicy);
    try {
      const post = { method: "POST", headers, body, timeoutMs, signal: this.sweep.signal } as const;
      return await outbound.exchange(url, post, async ({ status }) => status);
    } catch (error) {
      logger.debug({ jobId, reason: reasonOf(error) }, "no answer to a webhook");
      return 0;
    } finally {
      await outbound.close();
    }
  }

  private fullHosts(): string[] {
    const hosts = new Set([...this.running.values()].map(({ delivery }) => delivery.host));
    return [...hosts].filter((host) => this.countOf(host) >= MAX_PER_HOST);
  }

  private countOf(host: string): number {
    return [...this.running.values()].filter(({ delivery }) => delivery.host === host).length;
  }

  private countRetries(): number {
    return [...this.running.values()].filter(({ delivery }) => delivery.attempts > 0).length;
  }
}

function timeoutOf({ attempts }: Pick<WebhookDelivery, "attempts">): number {
  return attempts === 0 ? FIRST_TIMEOUT_MS : RETRY_TIMEOUT_MS;
}

/** Between half and all of a time that doubles with each attempt, so that those of one outage don't come back in step. */
function pauseAfter({ attempts }: WebhookDelivery): number {
  return Math.round(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempts) * (0.5 + Math.random() / 2));
}

/** A caller's id may hold anything; a header may not. */
function inPrintableAscii(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, (character) => `%u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
