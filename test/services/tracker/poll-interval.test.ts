import { expect, test } from "vitest";
import { pollIntervalMs } from "../../../src/services/tracker/poll-interval.js";

test.each([
  [null, 1_000, 2_000],
  [0, 1_000, 2_000],
  [4, 1_500, 3_000],
  [40, 6_000, 12_000],
  [12_654, 7_500, 15_000],
])("with %j ahead the status is asked for every %i to %i ms", (position, atLeast, atMost) => {
  const waits = Array.from({ length: 200 }, () => pollIntervalMs(position));

  expect(Math.min(...waits)).toBeGreaterThanOrEqual(atLeast);
  expect(Math.max(...waits)).toBeLessThanOrEqual(atMost);
  expect(new Set(waits).size).toBeGreaterThan(100);
});
