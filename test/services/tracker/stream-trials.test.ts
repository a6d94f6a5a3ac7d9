import { expect, test } from "vitest";
import { StreamTrials } from "../../../src/services/tracker/stream-trials.js";

/** In how many rounds, of so many, the stream is opened when each trial ends like this. */
function trialsIn(rounds: number, livedMs: number, stalled: boolean): boolean[] {
  const trials = new StreamTrials();
  return Array.from({ length: rounds }, () => {
    const tried = trials.isWorthATry();
    if (tried) trials.ended(livedMs, stalled);
    return tried;
  });
}

test("a stream that fails is tried again at once, then ever more rarely, but always again", () => {
  const tried = trialsIn(60, 5, false);

  expect(tried.flatMap((isTried, round) => (isTried ? [round] : []))).toEqual([0, 1, 3, 7, 15, 31, 47]);
});

test("a stream that stalls is tried more rarely from the start", () => {
  const tried = trialsIn(40, 20_000, true);

  expect(tried.flatMap((isTried, round) => (isTried ? [round] : []))).toEqual([0, 4, 20, 36]);
});

test("a stream that lives long is opened every time", () => {
  expect(trialsIn(10, 10_000, false).every((isTried) => isTried)).toBe(true);
});
