import { MEL_BANDS } from "./bands.js";
import { type Candidate, DISAGREEMENT_WEIGHT } from "./candidates.js";
import type { Features } from "./features.js";
import { type FrameDistance, UNKNOWN_DISTANCE } from "./frame-distance.js";
import type { PathProblem } from "./lag-path.js";
import { microJumpCorrelation } from "./micro-jump.js";
import { isKnownSpan, type Recording } from "./recording.js";

/** The gap cut into steps between which the lag may change, and the problem to solve over them. */
export interface GridProblem extends PathProblem {
  /** The sample at which a step begins; `gridAt(stepCount)` is the gap's end. */
  gridAt(step: number): number;
  readonly hasEntry: boolean;
  readonly hasExit: boolean;
}

/** Room a join needs in both sources: half its crossfade, its alignment and its placement. */
export const JOIN_MARGIN_SECONDS = 0.06;
const JUMP_COST = 0.15;
/** What follows and precedes a jump is compared over this span on each side. */
const JUMP_CONTEXT_SECONDS = 0.35;
const MAX_STEPS = 120;
/** Hearing a second of source material twice within one fill costs this. */
const REPEAT_COST_PER_SECOND = 0.2;
/** A source this much quieter than its surroundings costs nothing yet: music breathes. */
const TOLERATED_DEFICIT_DB = 12;
const DEFICIT_COST_PER_DB_SECOND = 0.05;
/** Levels are means over this long: the gaps between notes are no pauses. */
const LEVEL_SECONDS = 1.5;
/** A context this far below the level of the recording's louder parts has faded out. */
const FADED_DB = 15;

/**
 * States are the candidates; costs follow from the features, allowed sources from what is known. `beatCost` tells what a
 * change of lag, in frames, costs for leaving the beat. A change from lag a to lag b at frame f costs, over ± 0.35 s,
 *
 *   0.15 + beatCost(b - a) + mean d(f - a + i, f - b + i).
 *
 * A single run that fits the two seams at lags that only a micro-jump can join pays for that, as seams do, with
 * 0.4 (1 - c), where c is the correlation of its two sources there. They are the same notes some milliseconds apart: it is
 * their waveforms that tell whether an attack is heard twice, not their features.
 */
export function createPathProblem(
  recording: Recording,
  features: Features,
  distance: FrameDistance,
  candidates: readonly Candidate[],
  stepSeconds: number,
  beatCost: (change: number) => number,
): GridProblem {
  const { gap, sampleRate } = recording;
  const { hop } = features;
  const gapLength = gap.end - gap.start;
  const stepCount = Math.max(1, Math.min(MAX_STEPS, Math.round(gapLength / (stepSeconds * sampleRate))));
  const gridAt = (step: number) => Math.round(gap.start + (gapLength * step) / stepCount);
  const hasEntry = gap.start > 0;
  const hasExit = gap.end < gap.total;
  const size = candidates.length;
  const lagOf = (state: number) => (candidates[state] as Candidate).lagFrames;
  const sourceOf = (step: number, state: number) => gridAt(step) - lagOf(state) * hop;
  const margin = Math.round(JOIN_MARGIN_SECONDS * sampleRate);
  const allowed = (step: number, state: number) => {
    const before = step === 0 && !hasEntry ? 0 : margin;
    const after = step === stepCount - 1 && !hasExit ? 0 : margin;
    return isKnownSpan(recording, sourceOf(step, state) - before, sourceOf(step + 1, state) + after);
  };
  const deficit = createLevelDeficit(recording, features);
  const seconds = gapLength / stepCount / sampleRate;
  const stepCosts = Float64Array.from({ length: stepCount * size }, (_, index) => {
    const step = Math.floor(index / size);
    const state = index % size;
    if (!allowed(step, state)) return Number.POSITIVE_INFINITY;
    const position = (step + 0.5) / stepCount;
    const missing = deficit(sourceOf(step, state), sourceOf(step + 1, state), position) - TOLERATED_DEFICIT_DB;
    return DEFICIT_COST_PER_DB_SECOND * seconds * Math.max(0, missing);
  });
  const wholeCosts = new Map<number, number>();
  /** Known costs, and what costs are known to reach with a minus before it; 0 where nothing is known. */
  const jumps = new Float32Array(stepCount * size * size);
  const reach = Math.round((JUMP_CONTEXT_SECONDS * sampleRate) / hop);
  return {
    stateCount: size,
    stepCount,
    gridAt,
    hasEntry,
    hasExit,
    entryCost: (state) => (hasEntry ? (candidates[state]?.entry?.cost ?? Number.POSITIVE_INFINITY) : 0),
    exitCost: (state) => (hasExit ? (candidates[state]?.exit?.cost ?? Number.POSITIVE_INFINITY) : 0),
    wholeCost: (state) => {
      const known = wholeCosts.get(state);
      if (known !== undefined) return known;
      const correlation = microJumpCorrelation(recording, hop, candidates[state] as Candidate) ?? 1;
      const cost = DISAGREEMENT_WEIGHT * (1 - correlation);
      wholeCosts.set(state, cost);
      return cost;
    },
    stepCost: (step, state) => stepCosts[step * size + state] as number,
    jumpCost: (step, from, to, limit = Number.POSITIVE_INFINITY) => {
      const least = JUMP_COST + beatCost(lagOf(to) - lagOf(from));
      if (limit <= least) return least;
      const index = (step * size + from) * size + to;
      const known = jumps[index] as number;
      if (known > 0 || -known >= limit) return Math.abs(known);
      const frame = Math.round(gridAt(step) / hop);
      const [a, b] = [frame - lagOf(from), frame - lagOf(to)];
      const cost = least + jumpDistance(features, distance, a, b, reach, 5, limit - least);
      jumps[index] = cost < limit ? cost : -cost;
      return cost;
    },
    repeatCost: (step, state, earlier) => {
      const from = Math.max(sourceOf(step, state), sourceOf(earlier.from, earlier.state));
      const to = Math.min(sourceOf(step + 1, state), sourceOf(earlier.to, earlier.state));
      return to > from ? (REPEAT_COST_PER_SECOND * (to - from)) / sampleRate : 0;
    },
  };
}

/** Mean distance of two places over ± `reach` frames, every `stride`-th compared; or any value from `limit` on. */
export function jumpDistance(
  { tonalKnown }: Features,
  distance: FrameDistance,
  a: number,
  b: number,
  reach: number,
  stride: number,
  limit = Number.POSITIVE_INFINITY,
): number {
  const count = Math.floor((2 * reach) / stride) + 1;
  const most = limit * count;
  let sum = 0;
  for (let offset = -reach; offset <= reach && sum < most; offset += stride) {
    const known = tonalKnown[a + offset] === 1 && tonalKnown[b + offset] === 1;
    sum += known ? distance.full(a + offset, b + offset) : UNKNOWN_DISTANCE;
  }
  return sum / count;
}

/**
 * How many dB (mean over mel bands) a source span lies below the level to be expected at a position 0..1 of the gap,
 * which runs straight from the entry's context to the exit's. Keeps pauses out of a fill between two loud places.
 */
function createLevelDeficit(
  { gap, sampleRate }: Recording,
  { mel, frameCount, hop, melKnown }: Features,
): (from: number, to: number, position: number) => number {
  const sums = new Float64Array(frameCount + 1);
  for (let frame = 0; frame < frameCount; frame++) {
    let sum = 0;
    for (let band = 0; band < MEL_BANDS; band++) sum += mel[frame * MEL_BANDS + band] as number;
    sums[frame + 1] = (sums[frame] as number) + sum / MEL_BANDS;
  }
  const span = Math.round(LEVEL_SECONDS * sampleRate);
  const mean = (from: number, to: number) => {
    const first = Math.max(0, Math.min(frameCount - 1, Math.round(from / hop)));
    const last = Math.max(first + 1, Math.min(frameCount, Math.round(to / hop)));
    return ((sums[last] as number) - (sums[first] as number)) / (last - first);
  };
  const guard = 2 * hop;
  const isKnown = (sample: number) => melKnown[Math.round(sample / hop)] === 1;
  const entry = isKnown(gap.start - guard) ? mean(gap.start - span, gap.start - guard) : null;
  const exit = isKnown(gap.end + guard) ? mean(gap.end + guard, gap.end + span) : null;
  const ordinary = upperQuartile(
    Array.from({ length: frameCount }, (_, f) => (sums[f + 1] as number) - (sums[f] as number)),
  );
  // Beyond a clip that has faded out the music starts afresh: more silence is no continuation.
  const alone = (level: number) => (level < ordinary - FADED_DB ? ordinary : level);
  const from = entry ?? alone(exit ?? 0);
  const to = exit ?? alone(entry ?? 0);
  return (start, end, position) => {
    const wider = Math.max(0, span - (end - start)) / 2;
    return from + (to - from) * position - mean(start - wider, end + wider);
  };
}

function upperQuartile(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length * 0.75)] ?? 0;
}
