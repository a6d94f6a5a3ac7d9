import type { Logger } from "pino";
import { Backoff } from "../tracker/backoff.js";

/** Why nothing is sent at present, and for how long: each pause in a row rests longer. */
export class SendingPause {
  private readonly backoff = new Backoff(1_000, 60_000);
  private because: string | null = null;
  private resting = false;

  /** @param onRested called when it is time to try again. */
  constructor(
    private readonly logger: Logger,
    private readonly closing: AbortSignal,
    private readonly onRested: () => void,
  ) {}

  /** In plain words, without secrets; null while all is well. */
  get reason(): string | null {
    return this.because;
  }

  /** Nothing at all may be sent now. A pause that rests no more lets one try through. */
  get isResting(): boolean {
    return this.resting;
  }

  begin(reason: string): void {
    this.because = reason;
    this.resting = true;
    this.logger.warn({ reason }, "sending pauses");
    this.backoff
      .wait(this.closing)
      .then(() => {
        this.resting = false;
        this.onRested();
      })
      .catch(() => {});
  }

  /** Upstream answered as it should. */
  end(): void {
    this.backoff.reset();
    if (this.because === null) return;
    this.because = null;
    this.logger.info("sending goes on");
  }

  /** There is nothing to send, so nothing is held up. */
  forget(): void {
    this.because = null;
  }
}
