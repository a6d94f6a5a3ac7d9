import { expect, test } from "vitest";
import type { Segment } from "../../../src/engine/inpainting/joins.js";
import { createRecording } from "../../../src/engine/inpainting/recording.js";
import { renderFill } from "../../../src/engine/inpainting/render.js";
import { noise, rms } from "./fixtures.js";

const RATE = 8000;
const GAP = { start: 4 * RATE, end: 8 * RATE, total: 20 * RATE };
const JOIN = 6 * RATE;
const USUAL = { ordinaryDb: 10, largeDb: 30 };

/** Two passages, `firstLag` and `secondLag` samples earlier, joined in the middle of the gap. */
function joined(samples: Float32Array, firstLag: number, secondLag: number, correlation: number): Float32Array {
  const segments: Segment[] = [
    { start: GAP.start, end: JOIN, startLag: firstLag, endLag: firstLag, correlation: 1 },
    { start: JOIN, end: GAP.end, startLag: secondLag, endLag: secondLag, correlation },
  ];
  return renderFill(createRecording([samples.slice()], RATE, GAP), segments, USUAL).channels[0] as Float32Array;
}

test("a join keeps the power of two passages that have nothing in common", () => {
  const fade = Math.round(0.04 * RATE);
  const centre = JOIN - GAP.start;
  let [inside, beside] = [0, 0];
  for (let seed = 1n; seed <= 20n; seed++) {
    const fill = joined(noise(GAP.total, 1, seed)[0] as Float32Array, -5 * RATE, -9 * RATE, 0);
    inside += rms(fill, centre - fade / 4, centre + fade / 4) ** 2 / 20;
    beside +=
      (rms(fill, centre - 4 * fade, centre - fade) ** 2 + rms(fill, centre + fade, centre + 4 * fade) ** 2) / 40;
  }
  expect(Math.abs(10 * Math.log10(inside / beside))).toBeLessThan(0.3);
});

test("a join of a passage with its exact repeat is not there to be heard", () => {
  const random = noise(GAP.total, 1)[0] as Float32Array;
  const repeating = random.map((_, n) => random[n % (2 * RATE)] as number);
  const fill = joined(repeating, -4 * RATE, -6 * RATE, 1);
  for (let n = RATE; n < 3 * RATE; n++) expect(fill[n]).toBeCloseTo(repeating[GAP.start + n] as number, 6);
});

test("a lag may glide through fractions of a sample without losing level", () => {
  const tone = Float32Array.from({ length: GAP.total }, (_, n) => 0.3 * Math.sin((2 * Math.PI * 440 * n) / RATE));
  const lag = -5 * RATE;
  const segments = [{ start: GAP.start, end: GAP.end, startLag: lag, endLag: lag + 1, correlation: 1 }];
  const [fill = new Float32Array(0)] = renderFill(createRecording([tone.slice()], RATE, GAP), segments, USUAL).channels;
  for (let n = RATE; n < 3 * RATE; n += 800) {
    expect(20 * Math.log10(rms(fill, n, n + 800) / rms(tone, n, n + 800))).toBeCloseTo(0, 1);
  }
});
