import { contextDistance, knownFrame, sampleContext } from "./context-distance.js";
import type { Features } from "./features.js";
import type { FrameDistance } from "./frame-distance.js";
import { isKnownSpan, type Recording } from "./recording.js";

/** What came of hiding known stretches and looking for them. Distances: 0 = the same, 1 = unrelated. */
export interface SelfTest {
  /** How many stretches were hidden; 0 when too little is known to hide any. */
  count: number;
  /** Their length in seconds. */
  seconds: number;
  /** Mean distance of what was hidden to the passage chosen for it. */
  inside: number;
  /** `inside` over the mean distance of the contexts by which the passage was chosen. */
  insidePerContext: number;
}

const STRETCHES = 4;
/** A hidden stretch takes no more of the clip than this. */
const LARGEST_SHARE = 0.25;
const SHORTEST_SECONDS = 0.5;
const COMPARED_PER_SECOND = 3;
const MOST_COMPARED = 24;
/** The context itself, repeated within a second, is no other passage. */
const LEAST_LAG_SECONDS = 1;
/** Measured over music of several kinds: what lies between two seams differs a little more than what lies beside them. */
const USUAL_INSIDE_PER_CONTEXT = 1.1;
const USUAL_WEIGHT = 1;

/**
 * Hides four stretches of known audio, as long as the gap where there is room, picks for each the one passage whose
 * surroundings are most like its own, and compares that passage with what was hidden. So it measures, on this very
 * recording, how far a likeness at the seams carries between them.
 */
export function selfTest(recording: Recording, features: Features, distance: FrameDistance): SelfTest {
  const { gap, sampleRate } = recording;
  const { hop, frameCount } = features;
  const length = Math.floor(Math.min(gap.end - gap.start, gap.total * LARGEST_SHARE) / hop);
  const seconds = (length * hop) / sampleRate;
  const results = [];
  if (seconds >= SHORTEST_SECONDS) {
    for (let i = 0; i < STRETCHES; i++) {
      const start = Math.round(((i + 0.5) / STRETCHES) * (frameCount - length));
      const moved = awayFromGap(recording, start * hop, length * hop);
      const result = moved === null ? null : refind(recording, features, distance, Math.round(moved / hop), length);
      if (result !== null) results.push(result);
    }
  }
  const inside = results.reduce((sum, result) => sum + result.inside, 0);
  const context = results.reduce((sum, result) => sum + result.context, 0);
  return {
    count: results.length,
    seconds,
    inside: inside / Math.max(1, results.length),
    // One more observation of the usual kind keeps few, or very small, distances from deciding alone.
    insidePerContext: (inside + USUAL_WEIGHT * USUAL_INSIDE_PER_CONTEXT) / (context + USUAL_WEIGHT),
  };
}

/** The nearest start at or after `start`, or else before the gap, at which `length` samples are known. */
function awayFromGap(recording: Recording, start: number, length: number): number | null {
  const { gap } = recording;
  const places = [start, gap.end, gap.start - length];
  return places.find((place) => isKnownSpan(recording, place, place + length)) ?? null;
}

/** Finds the passage that a stretch of frames would be filled with, and how far it is from what is there. */
function refind(
  { gap, sampleRate }: Recording,
  features: Features,
  distance: FrameDistance,
  start: number,
  length: number,
): { inside: number; context: number } | null {
  const { hop, frameCount } = features;
  const end = start + length;
  const framesPerSecond = sampleRate / hop;
  const inGap = knownFrame(features);
  const isKnown = (frame: number) => inGap(frame) && (frame < start || frame >= end);
  const samples = [sampleContext(start, -1, framesPerSecond, isKnown), sampleContext(end, 1, framesPerSecond, isKnown)];
  const total = samples.reduce((sum, sample) => sum + sample.total, 0);
  if (total === 0) return null;
  let bestLag: number | null = null;
  let best = Number.POSITIVE_INFINITY;
  const leastLag = Math.max(length, Math.ceil(LEAST_LAG_SECONDS * framesPerSecond));
  for (let source = 0; source + length < frameCount; source++) {
    const lag = start - source;
    if (Math.abs(lag) < leastLag) continue;
    if ((source + length) * hop > gap.start && source * hop < gap.end) continue;
    let cost = 0;
    for (const sample of samples)
      if (cost <= best) cost += contextDistance(sample, lag, distance, isKnown, best - cost);
    if (cost >= best) continue;
    best = cost;
    bestLag = lag;
  }
  if (bestLag === null) return null;
  const compared = Math.max(4, Math.min(MOST_COMPARED, Math.round((length / framesPerSecond) * COMPARED_PER_SECOND)));
  let inside = 0;
  for (let i = 0; i < compared; i++) {
    const frame = Math.round(start + (length * (i + 0.5)) / compared);
    inside += distance.full(frame, frame - bestLag) / compared;
  }
  return { inside, context: best / total };
}
