/** Writes down a value that moves often: the first one at once, later ones at a bounded rate, the newest always in the end. */
export class PacedWriter<Value> {
  private newest: Value | undefined;
  /** Undefined: what is stored is not known. */
  private written: Value | undefined;
  private pause: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param write stores a value; a failure is made good with the next write. */
  constructor(
    private readonly intervalMs: number,
    private readonly write: (value: Value) => Promise<unknown>,
  ) {}

  tell(value: Value): void {
    this.newest = value;
    if (!this.pause) this.writeNewest();
  }

  /** What was told and not written yet is dropped, and the next value is written at once. */
  forget(): void {
    clearTimeout(this.pause);
    this.pause = undefined;
    this.newest = undefined;
    this.written = undefined;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.pause);
  }

  private writeNewest(): void {
    this.pause = undefined;
    const value = this.newest;
    if (this.closed || value === undefined || value === this.written) return;
    this.written = value;
    this.pause = setTimeout(() => this.writeNewest(), this.intervalMs);
    this.write(value).catch(() => {
      this.written = undefined;
    });
  }
}
