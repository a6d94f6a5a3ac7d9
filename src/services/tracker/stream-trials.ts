/** A stream that lived this long did its work. */
const GOOD_STREAM_MS = 10_000;
/** Ways on which no stream comes through are tried again after so many questions, some half a minute. */
const MOST_SKIPPED = 15;

/** When the status stream is worth opening, and when it is better to ask: after each failure it rests longer. */
export class StreamTrials {
  private failures = 0;
  private toSkip = 0;

  /** To be asked once a round. */
  isWorthATry(): boolean {
    if (this.toSkip === 0) return true;
    this.toSkip -= 1;
    return false;
  }

  /** @param stalled it stayed open and told nothing: while that lasts nothing is learnt, so it weighs more. */
  ended(livedMs: number, stalled: boolean): void {
    this.failures = stalled ? this.failures + 3 : livedMs >= GOOD_STREAM_MS ? 0 : this.failures + 1;
    this.toSkip = Math.min(MOST_SKIPPED, this.failures === 0 ? 0 : 2 ** (this.failures - 1) - 1);
  }
}
