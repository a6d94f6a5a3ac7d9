import type { Logger } from "pino";
import type { FileStore } from "./file-store.js";
import type { RequestQueue } from "./request-queue.js";

const SWEEP_INTERVAL_MS = 60 * 60 * 1000;

export interface RetentionOptions {
  queue: RequestQueue;
  files: FileStore;
  logger: Logger;
  maxAgeMs: number;
  maxFileBytes: number;
}

/** Removes old requests and files now and every hour. @returns a function that stops it and waits for a sweep under way. */
export function startRetention(options: RetentionOptions): () => Promise<void> {
  let sweeping = sweep(options);
  const timer = setInterval(() => {
    sweeping = sweeping.then(() => sweep(options));
  }, SWEEP_INTERVAL_MS).unref();
  return () => {
    clearInterval(timer);
    return sweeping;
  };
}

/** Never rejects: what can't be removed now is tried again in an hour. */
async function sweep({ queue, files, logger, maxAgeMs, maxFileBytes }: RetentionOptions): Promise<void> {
  try {
    await queue.removeFinishedBefore(Date.now() - maxAgeMs);
    await files.sweep(maxAgeMs, maxFileBytes);
  } catch (error) {
    logger.warn({ error }, "old files could not be removed");
  }
}
