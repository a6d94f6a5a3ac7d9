/** Positions move often; they are written at most this often. */
const INTERVAL_MS = 1_000;

/** Writes a job's queue position down: the first one at once, later ones at a bounded rate, the newest always in the end. */
export class PositionWriter {
  private newest: number | null = null;
  /** Undefined: what is stored is not known. */
  private written: number | null | undefined;
  private pause: NodeJS.Timeout | undefined;
  private closed = false;

  /** @param write stores a position; a failure is made good with the next write. */
  constructor(private readonly write: (position: number | null) => Promise<void>) {}

  tell(position: number | null): void {
    this.newest = position;
    if (!this.pause) this.writeNewest();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.pause);
  }

  private writeNewest(): void {
    this.pause = undefined;
    if (this.closed || this.newest === this.written) return;
    const position = this.newest;
    this.written = position;
    this.pause = setTimeout(() => this.writeNewest(), INTERVAL_MS);
    this.write(position).catch(() => {
      this.written = undefined;
    });
  }
}
