import type { Logger } from "pino";
import type { CancelWord } from "../fal/fal-queue.js";
import { reasonOf } from "../reason-of.js";
import { Backoff } from "./backoff.js";

/**
 * Passes the wish to cancel a job on, again and again until upstream has answered it or `signal` fires. Never rejects.
 *
 * @param send one attempt.
 */
export async function relayCancel(send: () => Promise<CancelWord>, logger: Logger, signal: AbortSignal): Promise<void> {
  // Where only the answer was lost the job ends meanwhile, and nothing has to be repeated.
  const backoff = new Backoff(2_000, 15_000);
  while (!signal.aborted) {
    try {
      const word = await send();
      logger.info({ word }, "cancel passed on");
      // A new request may not be known everywhere upstream yet.
      if (word !== "NOT_FOUND") return;
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ reason: reasonOf(error) }, "cancel not passed on yet");
    }
    await backoff.wait(signal).catch(() => {});
  }
}
