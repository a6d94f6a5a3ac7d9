/** As long as calm clients were heard so recently, the others leave them most of the time. */
const CALM_WINDOW_MS = 20;
/** So many parts of the time are then left free for each part that is used. */
const REST = 3;

/**
 * Shares among newcomers and busy clients the time that calm ones leave over: one connection or message of one client at
 * a time, in turn, each after whatever else has arrived meanwhile. However many clients flood the server, the others wait
 * for one message of theirs at most.
 */
export class SpareTurns {
  readonly #waiting: (() => void)[] = [];
  #runs = false;
  #calmHeardAt = Number.NEGATIVE_INFINITY;

  /** Says that a calm client was heard. */
  noteCalm(now: number): void {
    this.#calmHeardAt = now;
  }

  /** Does the work when its turn has come. A client asks for its next turn when it has had this one. */
  enter(work: () => void): void {
    this.#waiting.push(work);
    if (this.#runs) return;
    this.#runs = true;
    setImmediate(() => this.#give());
  }

  #give(): void {
    const startedAt = performance.now();
    this.#waiting.shift()?.();
    // Until then all that the work set off has run, and new messages have been read.
    setImmediate(() => {
      if (this.#waiting.length === 0) {
        this.#runs = false;
        return;
      }
      const now = performance.now();
      if (now - this.#calmHeardAt > CALM_WINDOW_MS) this.#give();
      else setTimeout(() => this.#give(), REST * (now - startedAt));
    });
  }
}
