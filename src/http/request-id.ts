import { randomUUID } from "node:crypto";

/**
 * A new name for a request. Node joins a UUID from 20 parts, which stay apart, at 700 bytes in all, until somebody looks into
 * the text; a subscription keeps its own for as long as it lasts.
 */
export function createRequestId(): string {
  return Buffer.from(randomUUID()).toString("latin1");
}
