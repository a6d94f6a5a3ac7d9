import fc from "fast-check";
import { expect, it } from "vitest";
import { isoText } from "../../src/schema/iso-text.js";

it("writes every date as toISOString does, in any order", () => {
  const edges = [0, -1, 86_399_999, 86_400_000, Date.UTC(10_000, 0) - 1, Date.UTC(10_000, 0), 8.64e15, -8.64e15];
  for (const edge of edges) expect(isoText(new Date(edge))).toBe(new Date(edge).toISOString());
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => isoText(date) === date.toISOString()),
    { numRuns: 2_000 },
  );
  const soon = fc.integer({ min: Date.UTC(2_026, 10, 1), max: Date.UTC(2_026, 11, 1) });
  fc.assert(
    fc.property(soon, (at) => isoText(new Date(at)) === new Date(at).toISOString()),
    { numRuns: 5_000 },
  );
  expect(() => isoText(new Date(Number.NaN))).toThrow(RangeError);
});
