import { expect, test } from "vitest";
import type { Candidate } from "../../../src/engine/inpainting/candidates.js";
import {
  canGlide,
  entryCorrelation,
  exitCorrelation,
  microJumpCorrelation,
} from "../../../src/engine/inpainting/micro-jump.js";
import { createRecording, type Recording } from "../../../src/engine/inpainting/recording.js";
import { noise } from "./fixtures.js";

const RATE = 10_000;
const LAG = 8_000;
const HOP = 100;

/**
 * Noise with a gap from 10 000 on, whose surroundings come again `LAG` samples earlier: what lies before the gap exactly,
 * what follows it `offset` samples further off.
 */
function repeatingNoise(gapLength: number, offset: number): Recording {
  const start = 10_000;
  const end = start + gapLength;
  const total = end + 10_000;
  const [samples = new Float32Array(0)] = noise(total, 1);
  samples.copyWithin(start - 2_000, start - 2_000 - LAG, start - LAG);
  samples.copyWithin(end, end - LAG - offset, end - LAG - offset + 2_000);
  return createRecording([samples], RATE, { start, end, total });
}

function candidateOf(recording: Recording, entryLag: number, exitLag: number): Candidate {
  const entry = { cost: 0, lagSamples: entryLag, correlation: entryCorrelation(recording, entryLag) };
  const exit = { cost: 0, lagSamples: exitLag, correlation: exitCorrelation(recording, exitLag) };
  return { lagFrames: 0, entry, exit };
}

test.each([
  ["fits both seams at one lag", 5_000, 0],
  ["fits them 0.5 ms apart, with room to glide", 5_000, 5],
])("needs no micro-jump where a passage %s", (_what, gapLength, offset) => {
  const recording = repeatingNoise(gapLength, offset);
  const candidate = candidateOf(recording, LAG, LAG + offset);
  expect(candidate.entry?.correlation).toBeCloseTo(1, 3);
  expect(candidate.exit?.correlation).toBeCloseTo(1, 3);
  expect(microJumpCorrelation(recording, HOP, candidate)).toBeNull();
});

test("knows how unlike the sources of a micro-jump are where a passage fits the seams 9 ms apart", () => {
  const recording = repeatingNoise(5_000, 90);
  const correlation = microJumpCorrelation(recording, HOP, candidateOf(recording, LAG, LAG + 90));
  expect(correlation).not.toBeNull();
  expect(correlation).toBeLessThan(0.3);
});

test("needs no micro-jump where the seams' waveforms are unlike the source's, whatever the lag", () => {
  const recording = repeatingNoise(5_000, 0);
  expect(microJumpCorrelation(recording, HOP, candidateOf(recording, LAG - 300, LAG - 390))).toBeNull();
});

test("glides by 3.5 cents at most", () => {
  expect(canGlide(1_000, 1_020, 10_000)).toBe(true);
  expect(canGlide(1_000, 979, 10_000)).toBe(false);
});
