import { expect, test } from "vitest";
import type { Candidate } from "../../../src/engine/inpainting/candidates.js";
import type { GridProblem } from "../../../src/engine/inpainting/path-problem.js";
import { rankPlans } from "../../../src/engine/inpainting/plans.js";

const RATE = 100;
const LAGS = [1_000, 1_400, -1_000];
/** Cost of a second heard twice. */
const REPEATED = 0.12;
const candidates: Candidate[] = LAGS.map((lagFrames) => ({ lagFrames, entry: null, exit: null }));

/**
 * Eight steps of a second from 10 s on. Only the first lag (source 0-4 s) supplies the first half; the second half may
 * have the same four seconds again by the second lag, or 24-28 s by the third, at a dearer jump.
 */
function eightSeconds(dearerBy: number): GridProblem {
  const gridAt = (step: number) => (10 + step) * RATE;
  return {
    stateCount: LAGS.length,
    stepCount: 8,
    hasEntry: true,
    hasExit: true,
    gridAt,
    entryCost: () => 0,
    exitCost: () => 0,
    wholeCost: () => 0,
    stepCost: (step, state) => (step < 4 === (state === 0) ? 0 : Number.POSITIVE_INFINITY),
    jumpCost: (_step, _from, to) => (to === 2 ? 0.1 + dearerBy : 0.1),
    repeatCost: (step, state, earlier) => (state === 1 && earlier.state === 0 && step - 4 < earlier.to ? REPEATED : 0),
  };
}

test("does not repeat the same bars when other material fits nearly as well", () => {
  const [best] = rankPlans(eightSeconds(0.2), candidates, 1, RATE, 1);
  expect(best?.segments.map(({ candidate }) => candidate.lagFrames)).toEqual([1_000, -1_000]);
});

test("repeats rather than take what does not fit", () => {
  const [best] = rankPlans(eightSeconds(2), candidates, 1, RATE, 1);
  expect(best?.segments.map(({ candidate }) => candidate.lagFrames)).toEqual([1_000, 1_400]);
});

test("ranks takes that differ, cheapest first", () => {
  const plans = rankPlans(eightSeconds(0.2), candidates, 1, RATE, 4);
  expect(plans.length).toBe(2);
  expect(plans[0]?.cost).toBeLessThan(plans[1]?.cost as number);
});
