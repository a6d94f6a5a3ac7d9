import { MultiBar, type SingleBar } from "cli-progress";

/** What a view needs of an update of `inpaintProgress`. */
export interface ProgressUpdate {
  readonly status: "IN_QUEUE" | "IN_PROGRESS" | "COMPLETED" | "FAILED" | "CANCELLED";
  readonly queuePosition?: number | null;
  /** 0..1, null when the engine reports none. */
  readonly progress?: number | null;
  readonly logs: readonly { readonly sequence: number; readonly message: string }[];
}

/** Shows a job's updates as they come. */
export interface ProgressView {
  /** Log lines already shown are skipped, so a repeated snapshot after a reconnect is harmless. */
  show(update: ProgressUpdate): void;
  /** Leaves the terminal as it was, below the last state. Call it once, also after a failure. */
  finish(): void;
}

/** A live bar with the log lines above it on a terminal, plain lines anywhere else. */
export function createProgressView(output: NodeJS.WriteStream): ProgressView {
  return output.isTTY ? createBarView(output) : createLineView(output);
}

function createBarView(output: NodeJS.WriteStream): ProgressView {
  const takeNewLines = createLineFilter();
  const bars = new MultiBar({
    stream: output,
    format: "  {bar} {state}",
    barsize: 30,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    // The library turns wrapping off for the whole terminal otherwise, and long log lines would be cut.
    linewrap: true,
    // A log line overwrites the bar, which is drawn again only if its text changed or this is set.
    forceRedraw: true,
  });
  let bar: SingleBar | undefined;
  return {
    show(update) {
      for (const line of takeNewLines(update)) bars.log(`${line}\n`);
      const payload = { state: describeState(update) };
      const progress = shownProgress(update);
      bar ??= bars.create(1, 0, payload);
      bar.update(progress, payload);
    },
    finish() {
      // stop() alone would drop log lines that came after the last redraw.
      if (bar) {
        bars.update();
        bars.stop();
      }
    },
  };
}

/** One line per change of state, queue position or tenth of the work. */
function createLineView(output: NodeJS.WriteStream): ProgressView {
  const takeNewLines = createLineFilter();
  let lastShown = "";
  return {
    show(update) {
      for (const line of takeNewLines(update)) output.write(`${line}\n`);
      const progress = update.progress ?? null;
      const tenth = progress === null ? null : Math.floor(progress * 10) / 10;
      const state = describeState({ ...update, progress: tenth });
      if (state !== lastShown) output.write(`  ${state}\n`);
      lastShown = state;
    },
    finish() {},
  };
}

/** Remembers the last log line seen and lets only later ones through, each made safe to print. */
function createLineFilter(): (update: ProgressUpdate) => string[] {
  let lastSequence = 0;
  return ({ logs }) => {
    const fresh = logs.filter((line) => line.sequence > lastSequence);
    lastSequence = fresh.at(-1)?.sequence ?? lastSequence;
    // An engine's log line could carry escape codes meant for the terminal.
    return fresh.map((line) => `  | ${line.message.replace(/\p{Cc}+/gu, " ").trimEnd()}`);
  };
}

function shownProgress(update: ProgressUpdate): number {
  return update.status === "COMPLETED" ? 1 : (update.progress ?? 0);
}

function describeState(update: ProgressUpdate): string {
  switch (update.status) {
    case "IN_QUEUE":
      return describeQueue(update.queuePosition ?? null);
    case "IN_PROGRESS":
      return typeof update.progress === "number" ? `running, ${Math.floor(update.progress * 100)} %` : "running";
    case "COMPLETED":
      return "completed, 100 %";
    case "FAILED":
      return "failed";
    case "CANCELLED":
      return "cancelled";
  }
}

function describeQueue(position: number | null): string {
  if (position === null) return "queued";
  return position === 0 ? "queued, next in line" : `queued, ${position} ahead`;
}
