import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 10;
const WINDOW_MS = 500;

/** How late the event loop is. */
export interface LoopDelay {
  /**
   * The mean delay within half a second, the smaller one of the last two: what passes within a second does not show, such
   * as a single long turn; a loop that does not keep up does.
   */
  readonly milliseconds: number;
  close(): void;
}

export function watchLoopDelay(): LoopDelay {
  const turns = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  turns.enable();
  let lastMean = 0;
  let milliseconds = 0;
  const timer = setInterval(() => {
    // What is measured is the time from one look to the next, an idle loop's own pause included.
    const mean = turns.count === 0 ? 0 : Math.max(0, turns.mean / 1e6 - RESOLUTION_MS);
    milliseconds = Math.min(mean, lastMean);
    lastMean = mean;
    turns.reset();
  }, WINDOW_MS);
  timer.unref();
  return {
    get milliseconds() {
      return milliseconds;
    },
    close() {
      clearInterval(timer);
      turns.disable();
    },
  };
}
