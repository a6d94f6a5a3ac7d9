import fc from "fast-check";
import { expect, test } from "vitest";
import { findLagPath, type PathProblem } from "../../../src/engine/inpainting/lag-path.js";
import { choosePlan, type Plan } from "../../../src/engine/inpainting/plans.js";
import { createRandom } from "../../../src/engine/inpainting/random.js";

/** Two states over four steps: the first is good to enter with, the second to leave with. */
function twoStates(overrides: Partial<PathProblem> = {}): PathProblem {
  return {
    stateCount: 2,
    stepCount: 4,
    entryCost: (state) => (state === 0 ? 0 : 1),
    exitCost: (state) => (state === 1 ? 0 : 1),
    wholeCost: () => 0,
    stepCost: () => 0,
    jumpCost: (step) => (step === 2 ? 0.2 : 0.5),
    repeatCost: () => 0,
    ...overrides,
  };
}

const none = new Float64Array(2);

test("jumps where it is cheapest", () => {
  expect(findLagPath(twoStates(), none)).toEqual({
    runs: [
      { state: 0, from: 0, to: 2 },
      { state: 1, from: 2, to: 4 },
    ],
    cost: 0.2,
  });
});

test("stays with one state when jumps are dear", () => {
  const path = findLagPath(twoStates({ jumpCost: () => 3 }), none);
  expect(path?.runs).toHaveLength(1);
  expect(path?.cost).toBe(1);
});

test("takes two states, or the other one, when the whole of one is dearer", () => {
  const stays = { jumpCost: () => 1.1 };
  expect(findLagPath(twoStates({ ...stays, wholeCost: () => 0.05 }), none)?.runs).toHaveLength(1);
  expect(findLagPath(twoStates({ ...stays, wholeCost: () => 0.15 }), none)?.runs).toHaveLength(2);
  const ofFirst = (state: number) => (state === 0 ? 0.05 : 0);
  expect(findLagPath(twoStates({ ...stays, wholeCost: ofFirst }), none)?.runs).toEqual([{ state: 1, from: 0, to: 4 }]);
});

test("goes round a step that a state cannot supply", () => {
  const stepCost = (step: number, state: number) => (step === 1 && state === 0 ? Number.POSITIVE_INFINITY : 0);
  expect(findLagPath(twoStates({ stepCost }), none)?.runs[0]).toEqual({ state: 0, from: 0, to: 1 });
});

test("finds nothing when a step has no source", () => {
  const stepCost = (step: number) => (step === 3 ? Number.POSITIVE_INFINITY : 0);
  expect(findLagPath(twoStates({ stepCost }), none)).toBeNull();
});

test("lets penalties steer the search but not the cost", () => {
  const path = findLagPath(twoStates(), Float64Array.of(5, 0));
  expect(path).toEqual({ runs: [{ state: 1, from: 0, to: 4 }], cost: 1 });
});

test("takes a dearer beginning when the cheapest would have to be repeated later", () => {
  const path = findLagPath(
    {
      stateCount: 3,
      stepCount: 2,
      entryCost: (state) => [0, 0.1, Number.POSITIVE_INFINITY][state] as number,
      exitCost: (state) => (state === 2 ? 0 : Number.POSITIVE_INFINITY),
      wholeCost: () => 0,
      stepCost: () => 0,
      jumpCost: () => 0.3,
      repeatCost: (_step, _state, earlier) => (earlier.state === 0 ? 0.5 : 0),
    },
    new Float64Array(3),
  );
  expect(path?.runs.map(({ state }) => state)).toEqual([1, 2]);
  expect(path?.cost).toBeCloseTo(0.4);
});

/** Small random problems, in whole numbers so that sums are exact; a jump from state to state costs the same everywhere. */
const problems = fc
  .record({ stateCount: fc.integer({ min: 1, max: 3 }), stepCount: fc.integer({ min: 1, max: 4 }) })
  .chain(({ stateCount, stepCount }) => {
    const costs = (length: number) => fc.array(fc.nat(40), { minLength: length, maxLength: length });
    const ends = fc.tuple(costs(stateCount), costs(stateCount), costs(stateCount));
    return fc.tuple(ends, costs(stateCount * stepCount), costs(stateCount ** 2)).map(
      ([[entry, exit, whole], steps, jumps]): PathProblem => ({
        stateCount,
        stepCount,
        entryCost: (state) => (entry[state] as number) / 100,
        exitCost: (state) => (exit[state] as number) / 100,
        // At most what a beginning may be dearer and still be kept.
        wholeCost: (state) => (whole[state] as number) * (0.15 / 40),
        stepCost: (step, state) => (steps[step * stateCount + state] as number) / 100,
        jumpCost: (_step, from, to) => (jumps[from * stateCount + to] as number) / 100,
        repeatCost: () => 0,
      }),
    );
  });

/** The cost of each step's state in turn, by trying all of them. */
function cheapestOfAll(problem: PathProblem): number {
  const { stateCount, stepCount } = problem;
  let lowest = Number.POSITIVE_INFINITY;
  for (let code = 0; code < stateCount ** stepCount; code++) {
    const states = Array.from({ length: stepCount }, (_, step) => Math.floor(code / stateCount ** step) % stateCount);
    const cost = states.reduce(
      (sum, state, step) => {
        const before = states[step - 1];
        const jump = before === undefined || before === state ? 0 : problem.jumpCost(step, before, state);
        return sum + jump + problem.stepCost(step, state);
      },
      problem.entryCost(states[0] as number) + problem.exitCost(states.at(-1) as number),
    );
    const isWhole = states.every((state) => state === states[0]);
    lowest = Math.min(lowest, cost + (isWhole ? problem.wholeCost(states[0] as number) : 0));
  }
  return lowest;
}

test("finds what trying all paths finds", () => {
  fc.assert(
    fc.property(problems, (problem) => {
      const path = findLagPath(problem, new Float64Array(problem.stateCount));
      expect(path?.cost).toBeCloseTo(cheapestOfAll(problem), 9);
    }),
  );
});

test("seed 0 takes the best plan, others mostly good ones", () => {
  const plans: Plan[] = [0.2, 0.3, 0.8].map((cost) => ({ cost, match: cost, segments: [] }));
  expect(choosePlan(plans, 0n, createRandom(0n))).toBe(0);
  const counts = [0, 0, 0];
  for (let seed = 1n; seed <= 300n; seed++) {
    const index = choosePlan(plans, seed, createRandom(seed));
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const [best = 0, second = 0, worst = 0] = counts;
  expect(best).toBeGreaterThan(second);
  expect(second).toBeGreaterThan(worst);
  expect(worst).toBeGreaterThan(0);
});
