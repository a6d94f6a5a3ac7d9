import type { QueueRequest } from "../queue-request.js";
import type { WebhookDelivery } from "../webhooks/webhook-delivery.js";
import type { FaultList } from "./fault-list.js";

/** What goes out in place of one webhook. */
export function planFaultyWebhook(
  faults: FaultList,
  { id, gatewayRequestId }: QueueRequest,
  delivery: WebhookDelivery,
): WebhookDelivery[] {
  const target = { requestId: id };
  if (faults.strike("webhook-missing", target) !== null) return [];
  const sent = { ...delivery };
  const late = faults.strike("webhook-late", target);
  if (late !== null) sent.delayMs = late.delayMs;
  const stale = faults.strike("webhook-stale", target);
  if (stale !== null) sent.ageSeconds = stale.ageSeconds;
  if (faults.strike("webhook-wrong-signature", target) !== null) sent.key = "foreign";
  if (faults.strike("webhook-old-key", target) !== null) sent.key = "previous";
  if (faults.strike("webhook-gateway-id", target) !== null) sent.requestIdHeader = gatewayRequestId;
  if (faults.strike("webhook-keeps-stamp", target) !== null) sent.keepsStamp = true;
  if (faults.strike("webhook-without-payload", target) !== null) {
    const reason = "Response payload is not JSON serializable. Fetch the result from the queue.";
    sent.body = { ...sent.body, payload: null, payload_error: reason };
  }
  const copies = faults.strike("webhook-duplicated", target)?.copies ?? 1;
  return Array.from({ length: copies }, () => sent);
}
