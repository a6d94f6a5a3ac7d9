import type { ClipSummary } from "./clip";
import { type Comparison, compare } from "./compare";
import { summarize } from "./summarize";

export interface AnalysisTask {
  readonly channels: readonly Float32Array[];
  readonly sampleRate: number;
  /** Also compare with this original. */
  readonly against?: {
    readonly channels: readonly Float32Array[];
    readonly maskStart: number;
    readonly maskEnd: number;
  };
}

export interface Analysis {
  readonly summary: ClipSummary;
  readonly comparison: Comparison | null;
}

addEventListener("message", ({ data: { channels, sampleRate, against } }: MessageEvent<AnalysisTask>) => {
  const mask = { start: against?.maskStart ?? 0, end: against?.maskEnd ?? 0 };
  const analysis: Analysis = {
    summary: summarize(channels, sampleRate),
    comparison: against === undefined ? null : compare(against.channels, channels, sampleRate, mask),
  };
  postMessage(analysis);
});
