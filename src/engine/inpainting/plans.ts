import type { Candidate } from "./candidates.js";
import { findLagPath, type LagPath, type PathRun } from "./lag-path.js";
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
/** Hearing the same second of source twice within one fill costs this. */
const REPEAT_COST_PER_SECOND = 0.12;
/** Source material is counted in cells of this length. */
const CELL_SECONDS = 0.25;
/** Attempts to find a path that repeats itself less. */
const VARIATIONS = 2;
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
    const path = findVariedPath(problem, penalties, sampleRate);
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

/**
 * The cheapest path, where a path that reads the same source twice pays for it. That cost depends on the whole path,
 * which Viterbi cannot know, so a repeating path is solved again with its repeats made dearer, and the best is kept.
 */
function findVariedPath(problem: GridProblem, penalties: Float64Array, sampleRate: number): LagPath | null {
  const cell = CELL_SECONDS * sampleRate;
  const stepSeconds = (problem.gridAt(problem.stepCount) - problem.gridAt(0)) / problem.stepCount / sampleRate;
  const firstUse = new Map<number, number>();
  const isRepeat = (step: number, state: number, uses: ReadonlyMap<number, number>) => {
    const middle = (problem.sourceOf(step, state) + problem.sourceOf(step + 1, state)) / 2;
    return (uses.get(Math.floor(middle / cell)) ?? step) < step;
  };
  const stepPenalty = (step: number, state: number) =>
    isRepeat(step, state, firstUse) ? REPEAT_COST_PER_SECOND * stepSeconds : 0;
  let best: LagPath | null = null;
  let bestTotal = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt <= VARIATIONS; attempt++) {
    const path = findLagPath(problem, penalties, attempt === 0 ? undefined : stepPenalty);
    if (path === null) return best;
    const uses = sourceUses(problem, path.runs, cell);
    let repeated = 0;
    forEachStep(path.runs, (step, state) => {
      if (isRepeat(step, state, uses)) repeated += stepSeconds;
    });
    const cost = path.cost + REPEAT_COST_PER_SECOND * repeated;
    const total = cost + path.runs.reduce((sum, { state }) => sum + (penalties[state] as number), 0);
    if (total < bestTotal) {
      bestTotal = total;
      best = { runs: path.runs, cost };
    }
    if (repeated === 0) break;
    for (const [index, step] of uses) firstUse.set(index, Math.min(step, firstUse.get(index) ?? step));
  }
  return best;
}

/** For each cell of source material the first step that reads it. */
function sourceUses(problem: GridProblem, runs: readonly PathRun[], cell: number): Map<number, number> {
  const uses = new Map<number, number>();
  forEachStep(runs, (step, state) => {
    const first = Math.floor(problem.sourceOf(step, state) / cell);
    const last = Math.floor((problem.sourceOf(step + 1, state) - 1) / cell);
    for (let index = first; index <= last; index++) if (!uses.has(index)) uses.set(index, step);
  });
  return uses;
}

function forEachStep(runs: readonly PathRun[], visit: (step: number, state: number) => void): void {
  for (const { state, from, to } of runs) for (let step = from; step < to; step++) visit(step, state);
}
