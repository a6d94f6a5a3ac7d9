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
    stepCost: () => 0,
    jumpCost: (step) => (step === 2 ? 0.2 : 0.5),
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
