/**
 * Says how long a message must wait so that its sender gets `perSecond` on average, with bursts of `burst`.
 */
export class ReadThrottle {
  #allowance: number;
  #countedAt: number;
  readonly #startedAt: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    now: number,
  ) {
    this.#allowance = burst;
    this.#countedAt = now;
    this.#startedAt = now;
  }

  /** Counts one message, at a time in milliseconds. Returns after how many milliseconds it is due, 0: at once. */
  count(now: number): number {
    const earned = ((now - this.#countedAt) / 1_000) * this.perSecond;
    this.#allowance = Math.min(this.burst, this.#allowance + earned) - 1;
    this.#countedAt = now;
    return this.#allowance >= 0 ? 0 : (-this.#allowance / this.perSecond) * 1_000;
  }

  /** Whether, at the last message, the sender was known for a second, and less than a second's worth ahead of the average. */
  get isCalm(): boolean {
    return this.#countedAt - this.#startedAt >= 1_000 && this.#allowance >= this.burst - this.perSecond;
  }
}
