import { expect, test } from "vitest";
import type { Segment } from "../../../src/engine/inpainting/joins.js";
import { repeatedSamples } from "../../../src/engine/inpainting/repeats.js";

/** Reads `length` samples from `source` on; where in the result does not matter. */
function reading(source: number, length: number): Segment {
  return { start: 10_000, end: 10_000 + length, startLag: 10_000 - source, endLag: 10_000 - source, correlation: 1 };
}

test.each([
  ["one passage", [reading(0, 100)], 0],
  ["passages that touch", [reading(0, 100), reading(100, 50)], 0],
  ["the same passage twice", [reading(0, 100), reading(0, 100)], 100],
  ["the same passage three times", [reading(0, 100), reading(0, 100), reading(0, 100)], 200],
  ["passages that overlap, in any order", [reading(80, 100), reading(0, 100)], 20],
  ["one inside another, and one over both their ends", [reading(0, 100), reading(20, 30), reading(90, 20)], 40],
])("counts what is heard before in %s", (_what, segments, expected) => {
  expect(repeatedSamples(segments)).toBe(expected);
});
