import { expect, test } from "vitest";
import { align, correlate } from "../../../src/engine/inpainting/alignment.js";
import { noise } from "./fixtures.js";

const [left = new Float32Array(0), right = new Float32Array(0)] = noise(20_000, 2);

/** Both channels, in which 12 000 onwards repeats 3 000 onwards. */
function repeating(): Float32Array[] {
  return [left, right].map((channel) => {
    const copy = channel.slice();
    copy.set(channel.subarray(3000, 6000), 12_000);
    return copy;
  });
}

test.each([-150, -1, 0, 37, 200])("finds a repeat that lies %i samples off", (offset) => {
  const { shift, correlation } = align(repeating(), 12_500, 3500 + offset, 1000, 200);
  expect(shift).toBe(offset);
  expect(correlation).toBeCloseTo(1, 5);
});

test("finds nothing where nothing repeats", () => {
  expect(align([left, right], 12_500, 500, 1000, 200).correlation).toBeLessThan(0.3);
});

test("says that two silences agree, and silence and sound do not", () => {
  const silence = new Float32Array(20_000);
  expect(align([silence], 10_000, 2000, 500, 50)).toEqual({ shift: 0, correlation: 1 });
  expect(correlate([Float32Array.from(left, (v, n) => (n < 5000 ? 0 : v))], 0, 8000, 1000)).toBe(0);
});
