/** A run of one lag: `state` is the candidate's index, `from` and `to` are grid steps. */
export interface PathRun {
  state: number;
  from: number;
  to: number;
}

export interface LagPath {
  runs: PathRun[];
  /** Entry, jumps and exit together; 0 = repeats the recording. */
  cost: number;
}

export interface PathProblem {
  stateCount: number;
  stepCount: number;
  /** Infinity where a state cannot begin or end the path. */
  entryCost(state: number): number;
  exitCost(state: number): number;
  /** What it costs to let this state supply this step; Infinity where it cannot. */
  stepCost(step: number, state: number): number;
  /** Cost of changing from one state to another at the start of a step; anything from `limit` on where it reaches that. */
  jumpCost(step: number, from: number, to: number, limit?: number): number;
}

/** Jumps are tried from this many of the cheapest states only. */
const JUMP_SOURCES = 12;

/**
 * Cheapest sequence of states over the steps (Viterbi, 1967). `penalties[state]` is added whenever a run of that state
 * begins, `stepPenalty` for each step: they steer the search away from what was used before but are no part of the
 * returned cost.
 * Null when no sequence covers all steps.
 */
export function findLagPath(
  problem: PathProblem,
  penalties: Float64Array,
  stepPenalty: (step: number, state: number) => number = () => 0,
): LagPath | null {
  const { stateCount, stepCount } = problem;
  const supply = (step: number, state: number) => problem.stepCost(step, state) + stepPenalty(step, state);
  let costs = Float64Array.from(
    { length: stateCount },
    (_, state) => problem.entryCost(state) + (penalties[state] as number) + supply(0, state),
  );
  const cameFrom: Int16Array[] = [];
  for (let step = 1; step < stepCount; step++) {
    const sources = cheapest(costs, JUMP_SOURCES);
    const own = Float64Array.from({ length: stateCount }, (_, state) => supply(step, state));
    const next = costs.slice();
    const origin = Int16Array.from(next.keys());
    // Sources outside, so that what is known of jumps is read in the order in which it is stored.
    for (const source of sources) {
      for (let state = 0; state < stateCount; state++) {
        const before = (costs[source] as number) + (penalties[state] as number);
        const best = next[state] as number;
        if (source === state || before >= best || own[state] === Number.POSITIVE_INFINITY) continue;
        const cost = before + problem.jumpCost(step, source, state, best - before);
        if (cost < best) {
          next[state] = cost;
          origin[state] = source;
        }
      }
    }
    for (let state = 0; state < stateCount; state++) next[state] = (next[state] as number) + (own[state] as number);
    costs = next;
    cameFrom.push(origin);
  }
  let last = -1;
  let lowest = Number.POSITIVE_INFINITY;
  for (let state = 0; state < stateCount; state++) {
    const cost = (costs[state] as number) + problem.exitCost(state);
    if (cost < lowest) {
      lowest = cost;
      last = state;
    }
  }
  if (last < 0) return null;
  const runs = traceBack(cameFrom, last, stepCount);
  return { runs, cost: pathCost(problem, runs) };
}

/** What a sequence of runs costs without penalties. */
export function pathCost(problem: PathProblem, runs: readonly PathRun[]): number {
  let cost = 0;
  runs.forEach((run, i) => {
    const previous = runs[i - 1];
    cost +=
      previous === undefined ? problem.entryCost(run.state) : problem.jumpCost(run.from, previous.state, run.state);
    if (i === runs.length - 1) cost += problem.exitCost(run.state);
    for (let step = run.from; step < run.to; step++) cost += problem.stepCost(step, run.state);
  });
  return cost;
}

function cheapest(costs: Float64Array, count: number): number[] {
  return Array.from(costs.keys())
    .filter((state) => Number.isFinite(costs[state]))
    .sort((a, b) => (costs[a] as number) - (costs[b] as number) || a - b)
    .slice(0, count);
}

function traceBack(cameFrom: readonly Int16Array[], last: number, stepCount: number): PathRun[] {
  const runs: PathRun[] = [];
  let state = last;
  let to = stepCount;
  for (let step = stepCount - 1; step >= 0; step--) {
    const origin = step === 0 ? -1 : ((cameFrom[step - 1] as Int16Array)[state] as number);
    if (origin === state) continue;
    runs.unshift({ state, from: step, to });
    to = step;
    state = origin;
  }
  return runs;
}
