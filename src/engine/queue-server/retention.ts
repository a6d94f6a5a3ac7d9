import type { Logger } from "pino";
import type { FileStore } from "./file-store.js";
import type { RequestRegister } from "./request-register.js";

const SWEEP_INTERVAL_MS = 60 * 60 * 1000;

export interface RetentionOptions {
  register: RequestRegister;
  files: FileStore;
  logger: Logger;
  maxAgeMs: number;
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
async function sweep({ register, files, logger, maxAgeMs }: RetentionOptions): Promise<void> {
  try {
    await register.removeFinishedBefore(Date.now() - maxAgeMs);
    await files.sweep(maxAgeMs);
  } catch (error) {
    logger.warn({ error }, "old files could not be removed");
  }
}
