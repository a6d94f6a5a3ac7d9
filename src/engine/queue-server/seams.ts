import type { ServerResponse } from "node:http";
import type { JsonObject } from "./lossless-body.js";
import type { QueueRequest } from "./queue-request.js";
import type { ResultReply } from "./result-reply.js";
import type { WebhookDelivery } from "./webhooks/webhook-delivery.js";

/** What the events of a status stream are written to. */
export interface EventSink {
  /** False: the reader is behind; the response drains when it has caught up. */
  write(text: string): boolean;
  end(): void;
}

/**
 * The places where the server can be made to behave otherwise, so that it can play fal's failures too (`faults/`).
 * With PLAIN_SEAMS everything is as it is.
 */
export interface Seams {
  /** A request is on disk, and not yet in the queue. */
  accepted(request: QueueRequest, input: string): void;
  mayStart(request: QueueRequest): boolean;
  /** The status as it is told: a poll's has all log lines, a stream event's the new ones. */
  showStatus(request: QueueRequest, status: JsonObject, via: "poll" | "stream"): JsonObject;
  /** The result as it is asked for, or goes into a webhook. */
  showResult(request: QueueRequest, reply: ResultReply): ResultReply;
  openSink(request: QueueRequest, stream: ServerResponse): EventSink;
  /** What goes out in place of one delivery of a webhook. */
  planWebhook(request: QueueRequest, delivery: WebhookDelivery): WebhookDelivery[];
  /** A webhook was called. @param statusCode null when no answer came */
  webhookCalled(request: QueueRequest, statusCode: number | null): void;
  /** Whether the request history knows of it. */
  isListed(request: QueueRequest): boolean;
}

export const PLAIN_SEAMS: Seams = {
  accepted: () => {},
  mayStart: () => true,
  showStatus: (_request, status) => status,
  showResult: (_request, reply) => reply,
  openSink: (_request, stream) => stream,
  planWebhook: (_request, delivery) => [delivery],
  webhookCalled: () => {},
  isListed: () => true,
};
