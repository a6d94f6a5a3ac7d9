import { expect, test } from "vitest";
import { beatLoop, noise, parseWav, rms, run, wavFile } from "./fixtures.js";

const RATE = 11_025;
const START = 8 * RATE;

/**
 * Figures of fills as they are now, with room for harmless change: a better engine may move them, and
 * then says so here. `likeness` is the correlation of the 20 ms envelope with that of what the mask covered: 1 = every beat where it was.
 */
const GOLDEN = [
  {
    name: "a loop, 2 s",
    channels: beatLoop({ seconds: 24 }),
    seconds: 2,
    likeness: 0.99,
    matchScore: 0.07,
    levelDb: 0.2,
  },
  {
    name: "a loop, 8 s",
    channels: beatLoop({ seconds: 24 }),
    seconds: 8,
    likeness: 0.87,
    matchScore: 0.23,
    levelDb: 0.3,
  },
  {
    name: "a loop off the grid, 4 s",
    channels: beatLoop({ seconds: 24, beatsPerMinute: 97 }),
    seconds: 4,
    likeness: 0.94,
    matchScore: 0.14,
    levelDb: 0,
  },
  { name: "noise, 4 s", channels: noise(24 * RATE, 2), seconds: 4, likeness: -0.07, matchScore: 1.15, levelDb: 0 },
];

test.each(GOLDEN)("fills $name as it did", async ({ channels, seconds, likeness, matchScore, levelDb }) => {
  const task = { bytes: wavFile(channels), maskStartSeconds: 8, maskEndSeconds: 8 + seconds };
  const result = await run(task);
  const filled = parseWav(result.wav).channels[0] as Float64Array;
  const original = channels[0] as Float32Array;
  const end = START + seconds * RATE;
  const levelStepDb = 20 * Math.log10(rms(filled, START, end) / rms(original, START, end));
  expect.soft(correlation(envelope(filled, START, end), envelope(original, START, end))).toBeCloseTo(likeness, 1);
  expect.soft(result.matchScore).toBeCloseTo(matchScore, 1);
  expect.soft(Math.abs(levelStepDb - levelDb)).toBeLessThan(0.5);
});

function envelope(samples: ArrayLike<number>, from: number, to: number): number[] {
  const step = Math.round(0.02 * RATE);
  return Array.from({ length: Math.floor((to - from) / step) }, (_, i) =>
    rms(samples, from + i * step, from + (i + 1) * step),
  );
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (x: readonly number[], y: readonly number[], meanX: number, meanY: number) =>
    x.reduce((sum, value, i) => sum + (value - meanX) * ((y[i] as number) - meanY), 0);
  return product(a, b, meanA, meanB) / Math.sqrt(product(a, a, meanA, meanA) * product(b, b, meanB, meanB));
}
