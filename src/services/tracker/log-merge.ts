import type { UpstreamLogLine } from "../fal/decode.js";

/** What makes two lines the same line: fal gives them no id. */
type LineKey = string;

function keyOf(line: { rawTimestamp: string; message: string }): LineKey {
  return `${line.rawTimestamp}\n${line.message}`;
}

/**
 * Merges what upstream tells of a job's log into one append-only log. A poll gives a moving window of it, the stream
 * gives it piece by piece and may start over when it is opened again. So each poll, and each stream as a whole, is a
 * *window*: a line is new when a window has shown it more often than the log holds it. Equal lines that truly occur
 * twice are kept twice.
 */
export class LogMerge {
  private readonly held = new Map<LineKey, number>();

  /** @param stored the lines that the log holds already. */
  constructor(stored: readonly { rawTimestamp: string; message: string }[]) {
    for (const line of stored) this.hold(keyOf(line));
  }

  /** Opens a window and returns its reader: give it lines as they come, get back those that are new. */
  openWindow(): (lines: readonly UpstreamLogLine[]) => UpstreamLogLine[] {
    const shown = new Map<LineKey, number>();
    return (lines) =>
      lines.filter((line) => {
        const key = keyOf(line);
        const times = (shown.get(key) ?? 0) + 1;
        shown.set(key, times);
        if (times <= (this.held.get(key) ?? 0)) return false;
        this.hold(key);
        return true;
      });
  }

  private hold(key: LineKey): void {
    this.held.set(key, (this.held.get(key) ?? 0) + 1);
  }
}
