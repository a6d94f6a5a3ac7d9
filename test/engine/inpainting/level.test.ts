import { expect, test } from "vitest";
import { createGain, createLevels, levelStepDb, seamGainDb } from "../../../src/engine/inpainting/level.js";
import { createRecording, type Recording } from "../../../src/engine/inpainting/recording.js";
import { noise } from "./fixtures.js";

const RATE = 8000;
const HOP = 80;
/** Samples of these levels in dB, a second each; the gap is from 3 to 5 s. */
const GAP = { start: 3 * RATE, end: 5 * RATE, total: 12 * RATE };

function recordingOf(...levelsDb: number[]): Recording {
  const steady = (noise(GAP.total, 2)[0] as Float32Array).map((sample) => sample * 0.05);
  return createRecording(
    [steady.map((sample, n) => sample * 10 ** ((levelsDb[Math.floor(n / RATE)] ?? 0) / 20))],
    RATE,
    GAP,
  );
}

test.each([
  ["louder", 3, -1],
  ["softer", -3, -1],
  ["louder after the gap", 3, 1],
  ["much louder, up to a limit", 4, -1, 10],
  ["much softer, up to a limit", -4, 1, -10],
] as const)(
  "a source is brought to a context that is %s",
  (_what, expected, direction, differenceDb: number = expected) => {
    const levels = Array.from({ length: 12 }, (_, second) => (second < 7 ? differenceDb : 0));
    const [seam, lag] = direction < 0 ? [GAP.start, -5 * RATE] : [GAP.end, -4 * RATE];
    expect(seamGainDb(recordingOf(...levels), seam, lag, direction)).toBeCloseTo(expected, 0);
  },
);

test("a source may be lowered far where the music fades", () => {
  const levels = Array.from({ length: 12 }, (_, second) => (second < 3 ? -20 : 0));
  expect(seamGainDb(recordingOf(...levels), GAP.start, -5 * RATE, -1)).toBeCloseTo(-20, 0);
});

test("the gain runs smoothly from one seam's value to the other's, what is beyond 4 dB within two seconds", () => {
  const length = 10 * RATE;
  const gainAt = createGain(-12, 2, length, RATE);
  const db = (n: number) => 20 * Math.log10(gainAt(n));
  expect(db(0)).toBeCloseTo(-12);
  expect(db(length)).toBeCloseTo(2);
  expect(db(2 * RATE)).toBeGreaterThan(-4.01);
  for (let n = 1; n <= length; n += 10) expect(Math.abs(db(n) - db(n - 1))).toBeLessThan(0.001);
});

test.each([
  ["the context's own last second is as loud", [], -1, 0],
  ["the source goes on 6 dB louder", [0, 0, 0, 0, 0, 0, 0, 0, 6], -1, 6],
  ["the source was 6 dB softer up to its seam", [0, 0, 0, 0, 0, 0, 0, -6, 0], 1, -6],
] as const)("foretells a step in loudness: %s", (_what, levelsDb, direction, expected) => {
  const recording = recordingOf(...levelsDb);
  const levels = createLevels(recording, HOP);
  const [seam, lag] = direction < 0 ? [GAP.start, -5 * RATE] : [GAP.end, -3 * RATE];
  expect(levelStepDb(recording, levels, seam, lag, direction, 0)).toBeCloseTo(expected, 0);
  expect(levelStepDb(recording, levels, seam, lag, direction, 2)).toBeCloseTo(expected + 2, 0);
});

test("levels are those of the samples between", () => {
  const levels = createLevels(recordingOf(0, 10), HOP);
  expect(levels(RATE, 2 * RATE) - levels(0, RATE)).toBeCloseTo(10, 0);
});
