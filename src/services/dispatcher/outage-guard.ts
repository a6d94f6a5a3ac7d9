import type { FalQueue } from "../fal/fal-queue.js";
import { UpstreamResponseError } from "../fal/transport.js";

/**
 * After a submission's answer was lost, by whichever instance and process, each instance sends again only when upstream
 * has answered it a harmless question.
 */
export class OutageGuard {
  private settled = "0:";

  constructor(
    private readonly queue: Pick<FalQueue, "status">,
    private readonly instanceId: string,
  ) {}

  /** @param lostAnswers which ones were lost up to now; see UpstreamLoad. */
  isSettled(lostAnswers: string): boolean {
    return lostAnswers === this.settled;
  }

  /**
   * Asks for the status of a request that does not exist: any answer of upstream's own will do. Rejects when there is
   * none.
   */
  async settle(lostAnswers: string, signal: AbortSignal): Promise<void> {
    try {
      await this.queue.status(this.instanceId, signal);
    } catch (error) {
      if (!(error instanceof UpstreamResponseError) || error.status >= 500) throw error;
    }
    this.settled = lostAnswers;
  }
}
