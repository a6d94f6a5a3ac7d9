import { contextDistance, knownFrame, sampleContext } from "./context-distance.js";
import type { Features } from "./features.js";
import { type FrameDistance, UNKNOWN_DISTANCE } from "./frame-distance.js";
import type { Plan } from "./plans.js";
import type { Recording } from "./recording.js";
import type { SelfTest } from "./self-test.js";

/**
 * How far a fill will be from what belongs in the gap: 0 = the same, 1 = unrelated. The surroundings of the passages at
 * the two seams are compared with the gap's own, and the self-test says what such a likeness is worth inside.
 */
export function matchScore(
  { gap, sampleRate }: Recording,
  features: Features,
  distance: FrameDistance,
  plan: Plan,
  { insidePerContext }: SelfTest,
): number {
  const framesPerSecond = sampleRate / features.hop;
  const isKnown = knownFrame(features);
  const entry = sampleContext(gap.start / features.hop, -1, framesPerSecond, isKnown);
  const exit = sampleContext(gap.end / features.hop, 1, framesPerSecond, isKnown);
  const first = plan.segments[0]?.candidate.lagFrames ?? 0;
  const last = plan.segments.at(-1)?.candidate.lagFrames ?? 0;
  const total = entry.total + exit.total;
  if (total === 0) return UNKNOWN_DISTANCE;
  const sum = contextDistance(entry, first, distance, isKnown) + contextDistance(exit, last, distance, isKnown);
  return insidePerContext * (sum / total);
}
