import { setTimeout as delay } from "node:timers/promises";

/** Growing waits with jitter, so that many jobs do not ask in step. */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly firstMs: number,
    private readonly maxMs: number,
  ) {}

  reset(): void {
    this.failures = 0;
  }

  /** Between half and all of first × 2^failures, at most max. */
  nextMs(): number {
    const fullMs = Math.min(this.maxMs, this.firstMs * 2 ** this.failures);
    this.failures += 1;
    return fullMs * (0.5 + Math.random() / 2);
  }

  /** Rejects with AbortError when `signal` fires. */
  async wait(signal: AbortSignal): Promise<void> {
    await delay(this.nextMs(), undefined, { signal });
  }
}
