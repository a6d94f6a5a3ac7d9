import type { Logger } from "pino";
import { reasonOf } from "./reason-of.js";

export interface SweepSettings {
  readonly everyMs: number;
  readonly logger: Logger;
  /** What the log says when a run fails; the next one tries again. */
  readonly failure: string;
}

/**
 * Work that is done every so often and soon after each wake-up, never twice at once. A wake-up in the middle of a run
 * makes it run once more.
 */
export class Sweep {
  private readonly closing = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private wokenAgain = false;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly settings: SweepSettings,
  ) {}

  /** Fires when it closes: what may take long is to end then. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  start(): void {
    this.timer = setInterval(() => this.wake(), this.settings.everyMs);
    this.wake();
  }

  /** Does nothing before the start and after the close. */
  wake(): void {
    if (!this.timer || this.signal.aborted) return;
    if (this.running) {
      this.wokenAgain = true;
      return;
    }
    const { logger, failure } = this.settings;
    this.running = this.work()
      .catch((error: unknown) => logger.warn({ reason: reasonOf(error) }, failure))
      .finally(() => {
        this.running = null;
        if (!this.wokenAgain) return;
        this.wokenAgain = false;
        this.wake();
      });
  }

  /** Waits for the run that is under way. */
  async close(): Promise<void> {
    this.closing.abort();
    clearInterval(this.timer);
    await this.running;
  }
}
