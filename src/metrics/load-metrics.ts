import { Gauge, type Registry } from "prom-client";

/** What has to be asked for, rather than counted. */
export interface Load {
  readonly jobs: readonly { readonly status: string; readonly submission: string; readonly count: number }[];
  readonly isPaused: boolean;
}

/** Read from the store at each reading; a store in trouble leaves the last figures out rather than failing all others. */
export function countLoad(registry: Registry, describeLoad: () => Promise<Load>, loopDelayMs: () => number): void {
  const registers = [registry];
  new Gauge({
    name: "punchin_event_loop_delay_seconds",
    help: "How late the event loop has been for a second on end: what MAX_LOOP_DELAY_MS bounds.",
    registers,
    collect() {
      this.set(loopDelayMs() / 1_000);
    },
  });
  const paused = new Gauge({
    name: "punchin_sending_paused",
    help: "1 while this instance sends nothing because the engine refuses or does not answer.",
    registers,
  });
  new Gauge({
    name: "punchin_jobs_unfinished",
    help: "Unfinished jobs by where they stand. Every instance tells the figure of all: take the maximum.",
    labelNames: ["status", "submission"],
    registers,
    async collect() {
      this.reset();
      const load = await describeLoad().catch(() => null);
      for (const { status, submission, count } of load?.jobs ?? []) this.set({ status, submission }, count);
      if (load) paused.set(load.isPaused ? 1 : 0);
    },
  });
}
