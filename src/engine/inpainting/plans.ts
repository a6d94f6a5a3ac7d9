import type { Candidate } from "./candidates.js";
import type { Features } from "./features.js";
import { type FrameDistance, UNKNOWN_DISTANCE } from "./frame-distance.js";
import { findLagPath, type LagPath, type PathProblem } from "./lag-path.js";
import type { Random } from "./random.js";
import { isKnownSpan, type Recording } from "./recording.js";

/** One way to fill the gap: which lag supplies which span (in samples), best first in a list of plans. */
export interface Plan {
  segments: { candidate: Candidate; start: number; end: number }[];
  cost: number;
}

const JUMP_COST = 0.15;
/** What follows and precedes a jump is compared over this span on each side. */
const JUMP_CONTEXT_SECONDS = 0.35;
/** Room a join needs in both sources: half its crossfade, its alignment and its placement. */
export const JOIN_MARGIN_SECONDS = 0.06;
/** A take pays this for each run within half a second of a lag that an earlier take used. */
const REUSE_PENALTY = 0.4;
const REUSE_REACH_SECONDS = 0.5;
/** Takes dearer than the best by more than this are not offered. */
const WORST_EXTRA_COST = 0.6;
const CHOICE_TEMPERATURE = 0.25;
const MAX_STEPS = 120;

/** Up to `count` different plans, cheapest first; empty when no known audio can cover the gap. */
export function rankPlans(
  recording: Recording,
  features: Features,
  distance: FrameDistance,
  candidates: readonly Candidate[],
  stepSeconds: number,
  count: number,
): Plan[] {
  const { gap, sampleRate } = recording;
  const stepCount = Math.max(1, Math.min(MAX_STEPS, Math.round((gap.end - gap.start) / (stepSeconds * sampleRate))));
  const gridAt = (step: number) => Math.round(gap.start + ((gap.end - gap.start) * step) / stepCount);
  const problem = createProblem(recording, features, distance, candidates, stepCount, gridAt);
  const penalties = new Float64Array(candidates.length);
  const reach = (REUSE_REACH_SECONDS * sampleRate) / features.hop;
  const paths = new Map<string, LagPath>();
  for (let take = 0; take < count; take++) {
    const path = findLagPath(problem, penalties);
    if (path === null) break;
    paths.set(JSON.stringify(path.runs), path);
    for (const { state } of path.runs) {
      const used = (candidates[state] as Candidate).lagFrames;
      candidates.forEach(({ lagFrames }, other) => {
        if (Math.abs(lagFrames - used) <= reach) penalties[other] = (penalties[other] as number) + REUSE_PENALTY;
      });
    }
  }
  const ranked = [...paths.values()].sort((a, b) => a.cost - b.cost);
  const best = ranked[0]?.cost ?? 0;
  return ranked
    .filter(({ cost }) => cost <= best + WORST_EXTRA_COST)
    .map(({ runs, cost }) => ({
      cost,
      segments: runs.map(({ state, from, to }) => ({
        candidate: candidates[state] as Candidate,
        start: gridAt(from),
        end: gridAt(to),
      })),
    }));
}

/** Picks with weight exp(-(cost - best) / .25); seed 0 always takes the best. Returns the index. */
export function choosePlan(plans: readonly Plan[], seed: bigint, random: Random): number {
  if (seed === 0n) return 0;
  const best = plans[0]?.cost ?? 0;
  const weights = plans.map(({ cost }) => Math.exp(-(cost - best) / CHOICE_TEMPERATURE));
  let remaining = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    remaining -= weight;
    if (remaining < 0) return index;
  }
  return 0;
}

function createProblem(
  recording: Recording,
  features: Features,
  distance: FrameDistance,
  candidates: readonly Candidate[],
  stepCount: number,
  gridAt: (step: number) => number,
): PathProblem {
  const { gap, sampleRate } = recording;
  const { hop } = features;
  const hasEntry = gap.start > 0;
  const hasExit = gap.end < gap.total;
  const margin = Math.round(JOIN_MARGIN_SECONDS * sampleRate);
  const size = candidates.length;
  const lagOf = (state: number) => (candidates[state] as Candidate).lagFrames;
  const jumps = new Float32Array(stepCount * size * size).fill(-1);
  return {
    stateCount: size,
    stepCount,
    entryCost: (state) => (hasEntry ? (candidates[state]?.entry?.cost ?? Number.POSITIVE_INFINITY) : 0),
    exitCost: (state) => (hasExit ? (candidates[state]?.exit?.cost ?? Number.POSITIVE_INFINITY) : 0),
    allowed: (step, state) => {
      const lag = lagOf(state) * hop;
      const before = step === 0 && !hasEntry ? 0 : margin;
      const after = step === stepCount - 1 && !hasExit ? 0 : margin;
      return isKnownSpan(recording, gridAt(step) - lag - before, gridAt(step + 1) - lag + after);
    },
    jumpCost: (step, from, to) => {
      const index = (step * size + from) * size + to;
      const known = jumps[index] as number;
      if (known >= 0) return known;
      const frame = Math.round(gridAt(step) / hop);
      const reach = Math.round((JUMP_CONTEXT_SECONDS * sampleRate) / hop);
      const cost = JUMP_COST + jumpDistance(features, distance, frame - lagOf(from), frame - lagOf(to), reach, 5);
      jumps[index] = cost;
      return cost;
    },
  };
}

/** Mean distance of two places over ± `reach` frames, every `stride`-th compared. */
export function jumpDistance(
  { tonalKnown }: Features,
  distance: FrameDistance,
  a: number,
  b: number,
  reach: number,
  stride: number,
): number {
  let sum = 0;
  let count = 0;
  for (let offset = -reach; offset <= reach; offset += stride) {
    const known = tonalKnown[a + offset] === 1 && tonalKnown[b + offset] === 1;
    sum += known ? distance.full(a + offset, b + offset) : UNKNOWN_DISTANCE;
    count++;
  }
  return sum / count;
}
