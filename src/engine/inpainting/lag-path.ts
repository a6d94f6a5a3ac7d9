/** A run of one lag: `state` is the candidate's index, `from` and `to` are grid steps. */
export interface PathRun {
  state: number;
  from: number;
  to: number;
}

export interface LagPath {
  runs: PathRun[];
  /** Entry, jumps, steps, repeats and exit together; 0 = repeats the recording. */
  cost: number;
}

export interface PathProblem {
  stateCount: number;
  stepCount: number;
  /** Infinity where a state cannot begin or end the path. */
  entryCost(state: number): number;
  exitCost(state: number): number;
  /** What it costs on top of that when a single run of this state is the whole path. */
  wholeCost(state: number): number;
  /** What it costs to let this state supply this step; Infinity where it cannot. */
  stepCost(step: number, state: number): number;
  /** Cost of changing from one state to another at the start of a step; anything from `limit` on where it reaches that. */
  jumpCost(step: number, from: number, to: number, limit?: number): number;
  /** What it costs that this state supplies in this step what an earlier run of the same path has supplied before. */
  repeatCost(step: number, state: number, earlier: PathRun): number;
}

/** Jumps are tried from this many of the cheapest beginnings only. */
const JUMP_SOURCES = 12;
/** Beginnings kept for each state; each came to it from another state. */
const SURVIVORS = 3;
/** A beginning dearer than the best of its state by more than this is not kept: it could save little later, and takes time. */
const WORST_EXTRA_COST = 0.15;

/** How a path begins, up to some step: its last run, still open, and the runs before that. */
interface Beginning {
  /** With penalties. */
  cost: number;
  penalty: number;
  state: number;
  from: number;
  earlier: readonly PathRun[];
}

/**
 * Cheapest sequence of states over the steps. What a repeat costs depends on the whole path, so a state keeps its few best
 * beginnings instead of one (list Viterbi: Seshadri and Sundberg, "List Viterbi decoding algorithms with applications",
 * 1994). `penalties[state]` is added whenever a run of that state begins: it steers the search away from what other paths
 * use, but is no part of the returned cost. Null when no sequence covers all steps.
 */
export function findLagPath(problem: PathProblem, penalties: Float64Array): LagPath | null {
  const { stateCount, stepCount } = problem;
  const supply = (step: number, state: number, earlier: readonly PathRun[]) =>
    earlier.reduce((sum, run) => sum + problem.repeatCost(step, state, run), problem.stepCost(step, state));
  let kept: Beginning[][] = Array.from({ length: stateCount }, (_, state) => {
    const penalty = penalties[state] as number;
    const cost = problem.entryCost(state) + penalty + supply(0, state, []);
    return Number.isFinite(cost) ? [{ cost, penalty, state, from: 0, earlier: [] }] : [];
  });
  for (let step = 1; step < stepCount; step++) {
    const sources = cheapest(kept.flat(), JUMP_SOURCES).map(({ cost, penalty, state, from, earlier }) => {
      return { cost, penalty, state, from, earlier: [...earlier, { state, from, to: step }] };
    });
    const next = kept.map((beginnings, state) => {
      const found: Beginning[] = [];
      for (const beginning of beginnings) {
        const { penalty, from, earlier } = beginning;
        const cost = beginning.cost + supply(step, state, earlier);
        if (Number.isFinite(cost)) keep(found, { cost, penalty, state, from, earlier });
      }
      return found;
    });
    // Sources outside, so that what is known of jumps is read in the order in which it is stored.
    for (const source of sources) {
      for (let state = 0; state < stateCount; state++) {
        const found = next[state] as Beginning[];
        const penalty = penalties[state] as number;
        const before = source.cost + penalty;
        const limit = highestKept(found);
        if (source.state === state || before >= limit) continue;
        const own = supply(step, state, source.earlier);
        if (before + own >= limit || own === Number.POSITIVE_INFINITY) continue;
        const cost = before + own + problem.jumpCost(step, source.state, state, limit - before - own);
        if (cost >= limit) continue;
        keep(found, { cost, penalty: source.penalty + penalty, state, from: step, earlier: source.earlier });
      }
    }
    kept = next;
  }
  const ends = kept.flat().map((end) => ({ ...end, total: end.cost + problem.exitCost(end.state) }));
  let best: LagPath | null = null;
  let lowest = Number.POSITIVE_INFINITY;
  // Cheapest first, so that few have to be asked what they cost as a whole.
  for (const { total, penalty, state, from, earlier } of ends.sort((a, b) => a.total - b.total)) {
    if (total >= lowest) break;
    const cost = total + (earlier.length === 0 ? problem.wholeCost(state) : 0);
    if (cost >= lowest) continue;
    lowest = cost;
    best = { runs: [...earlier, { state, from, to: stepCount }], cost: cost - penalty };
  }
  return best;
}

/** What a beginning has to cost less than to be kept beside those found. */
function highestKept(found: readonly Beginning[]): number {
  const best = found[0]?.cost ?? Number.POSITIVE_INFINITY;
  const worst = found.length < SURVIVORS ? Number.POSITIVE_INFINITY : (found[SURVIVORS - 1] as Beginning).cost;
  return Math.min(worst, best + WORST_EXTRA_COST);
}

/** Puts a beginning among those of its state, cheapest first; of two that came from the same state the cheaper stays. */
function keep(found: Beginning[], beginning: Beginning): void {
  const origin = beginning.earlier.at(-1)?.state;
  const same = found.findIndex(({ earlier }) => earlier.at(-1)?.state === origin);
  if (same >= 0) {
    if ((found[same] as Beginning).cost <= beginning.cost) return;
    found.splice(same, 1);
  }
  const place = found.findIndex(({ cost }) => cost > beginning.cost);
  found.splice(place < 0 ? found.length : place, 0, beginning);
  if (found.length > SURVIVORS) found.pop();
}

function cheapest(beginnings: Beginning[], count: number): Beginning[] {
  return beginnings.sort((a, b) => a.cost - b.cost || a.state - b.state).slice(0, count);
}
