import type { UpstreamLogLine } from "../fal/decode.js";

export interface LogLimits {
  readonly maxLogLines: number;
  readonly maxLogBytes: number;
}

/** Stands in place of upstream's timestamp in the line that ends a log, so that it is known again after a restart. */
const END_MARK = "log ends here";

/** How much of a job's log is kept, by lines and by bytes. What does not fit is replaced by one line that says so. */
export class LogBudget {
  private lines = 0;
  private bytes = 0;
  private ended = false;

  /** @param stored the lines that the log holds already. */
  constructor(
    stored: readonly { rawTimestamp: string; message: string }[],
    private readonly limits: LogLimits,
  ) {
    for (const { rawTimestamp, message } of stored) {
      this.count(message);
      this.ended ||= rawTimestamp === END_MARK;
    }
  }

  get isSpent(): boolean {
    return this.ended;
  }

  /** Those of the next lines that are kept. Nothing is kept after the line that says so. */
  admit(lines: readonly UpstreamLogLine[]): UpstreamLogLine[] {
    const kept: UpstreamLogLine[] = [];
    for (const line of lines) {
      if (this.ended) break;
      this.ended = !this.fits(line.message);
      kept.push(this.ended ? this.lastLine(line) : line);
      this.count(line.message);
    }
    return kept;
  }

  private fits(message: string): boolean {
    const { maxLogLines, maxLogBytes } = this.limits;
    return this.lines < maxLogLines - 1 && this.bytes + Buffer.byteLength(message) <= maxLogBytes;
  }

  private count(message: string): void {
    this.lines += 1;
    this.bytes += Buffer.byteLength(message);
  }

  private lastLine({ timestamp }: UpstreamLogLine): UpstreamLogLine {
    const message = `Only the first ${this.lines} log lines are kept.`;
    return { rawTimestamp: END_MARK, timestamp, message, level: "WARN", source: null };
  }
}
