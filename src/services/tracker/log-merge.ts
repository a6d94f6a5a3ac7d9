import type { UpstreamLogLine } from "../fal/decode.js";

/** What makes two lines the same line: fal gives them no id. */
type LineKey = string;

function keyOf(line: { rawTimestamp: string; message: string }): LineKey {
  return `${line.rawTimestamp}\n${line.message}`;
}

/**
 * Merges what upstream tells of a job's log into one append-only log. A poll shows a moving window of it; an event of the
 * stream brings what is new, and may repeat what came before. So each of them is a *window*: a line is new when a window
 * shows it more often than the log holds it. Equal lines that truly occur twice are kept twice, at the latest when one
 * window shows both.
 */
export class LogMerge {
  private readonly held = new Map<LineKey, number>();

  /** @param stored the lines that the log holds already. */
  constructor(stored: readonly { rawTimestamp: string; message: string }[]) {
    for (const line of stored) this.hold(keyOf(line));
  }

  /** @returns to be given the lines of one window, part by part: it picks those that are new, which the log then holds. */
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
