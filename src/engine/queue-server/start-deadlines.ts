import type { QueueRequest } from "./queue-request.js";

/** The longest delay a timer takes (2^31 - 1 ms, 24.8 days); beyond it Node fires at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** One timer per waiting request that must have started by a time. */
export class StartDeadlines {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  /** @param onExpired is called once per request whose deadline came; it must not throw. */
  constructor(private readonly onExpired: (request: QueueRequest) => void) {}

  watch(request: QueueRequest): void {
    if (request.startDeadlineMs === null) return;
    const delayMs = request.startDeadlineMs - Date.now();
    const onTimer = (): void => {
      this.timers.delete(request.id);
      if (delayMs > MAX_TIMER_MS) this.watch(request);
      else this.onExpired(request);
    };
    this.timers.set(request.id, setTimeout(onTimer, Math.min(Math.max(delayMs, 0), MAX_TIMER_MS)).unref());
  }

  forget(request: QueueRequest): void {
    clearTimeout(this.timers.get(request.id));
    this.timers.delete(request.id);
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }
}
