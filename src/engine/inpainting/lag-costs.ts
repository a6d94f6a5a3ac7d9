import type { Features } from "./features.js";
import { type FrameDistance, UNKNOWN_DISTANCE } from "./frame-distance.js";
import { isKnownSpan, type Recording } from "./recording.js";

/** Which edge of the gap: the entry's context lies before it, the exit's after it. */
export type Seam = "entry" | "exit";

/**
 * How well the passage `lag` frames earlier (later, if negative) matches the context of a seam: out[t] = x[t - lag].
 * `at(lag)` is Infinity where the source's seam is not usable; 0 repeats the context exactly, 1 is unrelated.
 */
export interface LagCosts {
  readonly costs: Float32Array;
  /** costs[lag + origin] */
  readonly origin: number;
}

/** Context compared beside a seam: long enough to hold the bar's phase. */
const CONTEXT_SECONDS = 4;
/** 60 % of the weight fades with .35 s (the join itself), 40 % with 1.8 s (beat and harmony). */
const NEAR = { share: 0.6, seconds: 0.35 };
const FAR = { share: 0.4, seconds: 1.8 };
/** Share of the frames too close to the gap for tones, compared by timbre alone. */
const MEL_SHARE = 0.15;
/** The least known audio the source must have on the context's side of its seam, for alignment and for the join. */
const SOURCE_BEHIND_SECONDS = 0.15;
/** ... and on the gap's side, unless the gap is shorter: room to place a jump in. */
const SOURCE_AHEAD_SECONDS = 0.7;

interface ContextFrame {
  frame: number;
  weight: number;
  melOnly: boolean;
}

/**
 * Costs of every lag of at least `minimumLagSeconds` for one seam, over the frames f of its context:
 *
 *   cost(lag) = Σ w[f] · d(f, f - lag),   Σ w = 1.
 *
 * Grows with clip length times context, not with its square.
 */
export function computeLagCosts(
  recording: Recording,
  features: Features,
  distance: FrameDistance,
  seam: Seam,
  minimumLagSeconds: number,
): LagCosts {
  const { frameCount, hop } = features;
  const context = contextFrames(recording, features, seam);
  const origin = frameCount;
  const costs = new Float32Array(2 * frameCount + 1).fill(Number.POSITIVE_INFINITY);
  const usable: number[] = [];
  const minimumLag = Math.ceil((minimumLagSeconds * recording.sampleRate) / hop);
  for (let lag = -frameCount; lag <= frameCount; lag++) {
    if (Math.abs(lag) < minimumLag || !isUsable(recording, seam, lag * hop)) continue;
    costs[lag + origin] = 0;
    usable.push(lag);
  }
  for (const { frame, weight, melOnly } of context) {
    const known = melOnly ? features.melKnown : features.tonalKnown;
    for (const lag of usable) {
      const source = frame - lag;
      let value = UNKNOWN_DISTANCE;
      if (known[source] === 1) value = melOnly ? distance.mel(frame, source) : distance.full(frame, source);
      costs[lag + origin] = (costs[lag + origin] as number) + weight * value;
    }
  }
  return { costs, origin };
}

/** The context's frames, dense at the seam and sparser with distance; weights sum to 1. */
function contextFrames(recording: Recording, features: Features, seam: Seam): ContextFrame[] {
  const { gap, sampleRate } = recording;
  const seamFrame = (seam === "entry" ? gap.start : gap.end) / features.hop;
  const direction = seam === "entry" ? -1 : 1;
  const nearest = seam === "entry" ? Math.floor(seamFrame) : Math.ceil(seamFrame);
  const hopSeconds = features.hop / sampleRate;
  const frames: ContextFrame[] = [];
  for (let step = 0; step * hopSeconds < CONTEXT_SECONDS; ) {
    const stride = step < 16 ? 1 : step < 60 ? 2 : 6;
    const frame = nearest + direction * step;
    const seconds = Math.abs(frame - seamFrame) * hopSeconds;
    const melOnly = features.tonalKnown[frame] !== 1;
    if (features.melKnown[frame] === 1) {
      const weight = stride * (NEAR.share * density(seconds, NEAR.seconds) + FAR.share * density(seconds, FAR.seconds));
      frames.push({ frame, weight, melOnly });
    }
    step += stride;
  }
  const total = (melOnly: boolean) =>
    frames.reduce((sum, frame) => sum + (frame.melOnly === melOnly ? frame.weight : 0), 0);
  const [melTotal, fullTotal] = [total(true), total(false)];
  const melShare = fullTotal === 0 ? 1 : melTotal === 0 ? 0 : MEL_SHARE;
  return frames.map((frame) => ({
    ...frame,
    weight: (frame.weight * (frame.melOnly ? melShare : 1 - melShare)) / (frame.melOnly ? melTotal : fullTotal),
  }));
}

function density(seconds: number, scaleSeconds: number): number {
  return Math.exp(-seconds / scaleSeconds) / scaleSeconds;
}

function isUsable(recording: Recording, seam: Seam, lag: number): boolean {
  const { gap, sampleRate } = recording;
  const behind = Math.round(SOURCE_BEHIND_SECONDS * sampleRate);
  const ahead = Math.min(gap.end - gap.start, Math.round(SOURCE_AHEAD_SECONDS * sampleRate));
  return seam === "entry"
    ? isKnownSpan(recording, gap.start - lag - behind, gap.start - lag + ahead)
    : isKnownSpan(recording, gap.end - lag - ahead, gap.end - lag + behind);
}
