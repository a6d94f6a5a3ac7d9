import type { Features } from "./features.js";
import { type FrameDistance, UNKNOWN_DISTANCE } from "./frame-distance.js";

/** Distances from a seam at which contexts are sampled; the nearer ones count more. */
const OFFSETS_SECONDS = [0.08, 0.15, 0.25, 0.4, 0.6, 0.85, 1.15, 1.5, 2, 2.6];
const FADE_SECONDS = 1.2;
const LEAST_WEIGHT = 0.2;

/** Frames beside one seam with their weights. */
export interface ContextSample {
  frames: number[];
  weights: number[];
  /** Σ weights; 0 when nothing beside the seam is known. */
  total: number;
}

/**
 * The known frames beside a seam at frame `seam`, sparsely: before it (`direction` -1) or after it (1). `isKnown` tells
 * which frames may be looked at.
 */
export function sampleContext(
  seam: number,
  direction: -1 | 1,
  framesPerSecond: number,
  isKnown: (frame: number) => boolean,
): ContextSample {
  const sample: ContextSample = { frames: [], weights: [], total: 0 };
  for (const seconds of OFFSETS_SECONDS) {
    const frame = Math.round(seam + direction * seconds * framesPerSecond);
    if (!isKnown(frame)) continue;
    const weight = LEAST_WEIGHT + Math.exp(-seconds / FADE_SECONDS);
    sample.frames.push(frame);
    sample.weights.push(weight);
    sample.total += weight;
  }
  return sample;
}

/**
 * Σ weight × distance of each sampled frame to the one `lag` frames earlier: 0 × total = the same passage, 1 × total =
 * unrelated. Stops early, with a value above `limit`, once that is passed.
 */
export function contextDistance(
  sample: ContextSample,
  lag: number,
  distance: FrameDistance,
  isKnown: (frame: number) => boolean,
  limit = Number.POSITIVE_INFINITY,
): number {
  let sum = 0;
  for (let i = 0; i < sample.frames.length && sum <= limit; i++) {
    const frame = sample.frames[i] as number;
    const value = isKnown(frame - lag) ? distance.full(frame, frame - lag) : UNKNOWN_DISTANCE;
    sum += (sample.weights[i] as number) * value;
  }
  return sum;
}

/** True for frames whose analysis saw nothing of the gap. */
export function knownFrame({ tonalKnown }: Features): (frame: number) => boolean {
  return (frame) => tonalKnown[frame] === 1;
}
