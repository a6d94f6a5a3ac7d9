import type { Candidate } from "./candidates.js";
import { findLagPath, type LagPath } from "./lag-path.js";
import type { GridProblem } from "./path-problem.js";
import type { Random } from "./random.js";

/** One way to fill the gap: which lag supplies which span (in samples), best first in a list of plans. */
export interface Plan {
  segments: { candidate: Candidate; start: number; end: number }[];
  cost: number;
}

/** A take pays this for each run within half a second of a lag that an earlier take used. */
const REUSE_PENALTY = 0.4;
const REUSE_REACH_SECONDS = 0.5;
/** Takes dearer than the best by more than this are not offered. */
const WORST_EXTRA_COST = 0.6;
const CHOICE_TEMPERATURE = 0.25;

/** Up to `count` different plans, cheapest first; empty when no known audio can cover the gap. */
export function rankPlans(
  problem: GridProblem,
  candidates: readonly Candidate[],
  hop: number,
  sampleRate: number,
  count: number,
): Plan[] {
  const penalties = new Float64Array(candidates.length);
  const reach = (REUSE_REACH_SECONDS * sampleRate) / hop;
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
        start: problem.gridAt(from),
        end: problem.gridAt(to),
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
