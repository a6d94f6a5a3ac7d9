import { setTimeout as delay } from "node:timers/promises";

/** A wait that can be cut short: `end` ends the one that is under way, or keeps the next from beginning. */
export class Rest {
  private current = new AbortController();
  private isResting = false;
  private skipsNext = false;

  /** @param life ends every wait, for good. */
  constructor(private readonly life: AbortSignal) {
    life.addEventListener("abort", () => this.end(), { once: true });
  }

  end(): void {
    this.current.abort();
  }

  /** Ends the wait that is under way, or keeps the next from beginning; disturbs nothing else. */
  endWait(): void {
    if (this.isResting) this.end();
    else this.skipsNext = true;
  }

  /** For what else may be waited for until `end`. */
  get signal(): AbortSignal {
    return this.current.signal;
  }

  /** Resolves after so long, or at once when it was ended: to whether it was. */
  async take(milliseconds: number): Promise<boolean> {
    if (this.skipsNext) {
      this.skipsNext = false;
      return true;
    }
    this.isResting = true;
    await delay(milliseconds, undefined, { signal: this.current.signal }).catch(() => {});
    this.isResting = false;
    const wasEnded = this.current.signal.aborted;
    if (wasEnded && !this.life.aborted) this.current = new AbortController();
    return wasEnded;
  }
}
