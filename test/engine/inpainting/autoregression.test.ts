import { expect, test } from "vitest";
import { burg, extrapolate } from "../../../src/engine/inpainting/autoregression.js";
import { joinSeam } from "../../../src/engine/inpainting/seam.js";
import { noise } from "./fixtures.js";

const tone = (n: number) => 0.5 * Math.sin(0.07 * n) + 0.3 * Math.cos(0.31 * n + 1);

test("continues a sum of sines", () => {
  const known = Float64Array.from({ length: 2000 }, (_, n) => tone(n));
  const continued = extrapolate(known, burg(known, 60), 200);
  continued.forEach((value, n) => {
    expect(Math.abs(value - tone(2000 + n))).toBeLessThan(0.02);
  });
});

test("stays bounded for noise at a high order", () => {
  const [known = new Float32Array(0)] = noise(4096, 1);
  const continued = extrapolate(Float64Array.from(known), burg(Float64Array.from(known), 1000), 3528);
  expect(continued.every((value) => Math.abs(value) < 1)).toBe(true);
});

test("continues silence with silence", () => {
  const silence = new Float64Array(500);
  expect(extrapolate(silence, burg(silence, 100), 50).every((value) => value === 0)).toBe(true);
});

test.each([1, -1] as const)("makes a fill continue its context (direction %i)", (direction) => {
  const context = Float64Array.from({ length: 2000 }, (_, n) => tone(n));
  const fill = new Float32Array(3000);
  joinSeam(context, fill, direction, 500);
  const first = direction === 1 ? 0 : fill.length - 1;
  expect(fill[first]).toBeCloseTo(tone(2000), 2);
  expect(fill[first + direction * 600]).toBe(0);
});
