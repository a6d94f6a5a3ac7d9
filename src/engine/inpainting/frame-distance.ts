import { MEL_BANDS, TONAL_BANDS } from "./bands.js";
import type { Features } from "./features.js";

const TONAL_WEIGHT = 0.5;
const MEL_WEIGHT = 0.4;
const ONSET_WEIGHT = 0.1;
/** What an unusable frame counts as: a little worse than an unrelated one. */
export const UNKNOWN_DISTANCE = 1.2;
const RANDOM_PAIRS = 2000;

/** Distances of two frames, each divided by its mean over random pairs: 0 = equal, 1 = unrelated in this recording. */
export interface FrameDistance {
  /** Tonal, mel and onset together; both frames must be known. */
  full(a: number, b: number): number;
  /** Timbre and level only: usable closer to the gap. */
  mel(a: number, b: number): number;
}

/** Measures the recording's own scale, so that costs read the same for a drum loop and a string orchestra. */
export function createFrameDistance(features: Features): FrameDistance {
  const { tonal, mel, onset, tonalKnown, frameCount } = features;
  const tonalRaw = (a: number, b: number) => rms(tonal, a * TONAL_BANDS, b * TONAL_BANDS, TONAL_BANDS);
  const melRaw = (a: number, b: number) => rms(mel, a * MEL_BANDS, b * MEL_BANDS, MEL_BANDS);
  const onsetRaw = (a: number, b: number) => Math.abs((onset[a] as number) - (onset[b] as number));
  let tonalSum = 0;
  let melSum = 0;
  let onsetSum = 0;
  let pairs = 0;
  // Frame pairs from a fixed integer sequence (Numerical Recipes' LCG): the scale must not depend on the seed.
  let state = 1;
  for (let i = 0; i < RANDOM_PAIRS * 4 && pairs < RANDOM_PAIRS; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const a = Math.floor((state / 4294967296) * frameCount);
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const b = Math.floor((state / 4294967296) * frameCount);
    if (tonalKnown[a] === 0 || tonalKnown[b] === 0) continue;
    tonalSum += tonalRaw(a, b);
    melSum += melRaw(a, b);
    onsetSum += onsetRaw(a, b);
    pairs++;
  }
  const scale = (sum: number) => (sum > 1e-6 ? pairs / sum : 0);
  const tonalScale = TONAL_WEIGHT * scale(tonalSum);
  const melScale = scale(melSum);
  const onsetScale = ONSET_WEIGHT * scale(onsetSum);
  return {
    full: (a, b) => tonalScale * tonalRaw(a, b) + MEL_WEIGHT * melScale * melRaw(a, b) + onsetScale * onsetRaw(a, b),
    mel: (a, b) => melScale * melRaw(a, b),
  };
}

function rms(values: Float32Array, a: number, b: number, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const difference = (values[a + i] as number) - (values[b + i] as number);
    sum += difference * difference;
  }
  return Math.sqrt(sum / count);
}
