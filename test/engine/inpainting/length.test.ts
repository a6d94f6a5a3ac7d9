import { expect, test } from "vitest";
import { beatLoop, parseWav, rms, run, sameSpan, wavFile } from "./fixtures.js";

const RATE = 11_025;
const source = beatLoop({ seconds: 12 });
const bytes = wavFile(source);
const stored = Float64Array.from(source[0] as Float32Array, (v) => Math.round(v * 32768) / 32768);

test("extends the clip when the total is a second or more beyond it", async () => {
  const result = await run({ bytes, maskStartSeconds: 12, maskEndSeconds: 18, totalSeconds: 18 });
  const [left = new Float64Array(0)] = parseWav(result.wav).channels;
  expect(result.durationSeconds).toBe(18);
  expect(left).toHaveLength(18 * RATE);
  expect(sameSpan(left, stored, 0, 12 * RATE)).toBe(true);
  for (let second = 12; second < 18; second++) {
    expect(rms(left, second * RATE, (second + 1) * RATE)).toBeGreaterThan(0.02);
  }
});

test("extends far beyond the known part", async () => {
  const result = await run({ bytes, maskStartSeconds: 10, maskEndSeconds: 60, totalSeconds: 60 });
  const [left = new Float64Array(0)] = parseWav(result.wav).channels;
  expect(left).toHaveLength(60 * RATE);
  for (let second = 10; second < 60; second++) {
    expect(rms(left, second * RATE, (second + 1) * RATE)).toBeGreaterThan(0.02);
  }
});

test.each([
  ["within a second keeps the clip's length", 12.9, 12],
  ["a second or more below trims", 9, 9],
  ["null keeps the clip's length", null, 12],
])("a total %s", async (_case, totalSeconds, expectedSeconds) => {
  const result = await run({ bytes, totalSeconds });
  expect(parseWav(result.wav).channels[0]).toHaveLength(expectedSeconds * RATE);
  expect(result.durationSeconds).toBe(expectedSeconds);
});

test("a mask end beyond the clip means its end and never extends", async () => {
  const result = await run({ bytes, maskStartSeconds: 10, maskEndSeconds: 40 });
  const [left = new Float64Array(0)] = parseWav(result.wav).channels;
  expect(left).toHaveLength(12 * RATE);
  expect(sameSpan(left, stored, 0, 10 * RATE)).toBe(true);
  expect(rms(left, 10 * RATE, 12 * RATE)).toBeGreaterThan(0.02);
});

test("fills the head up to the first known sample", async () => {
  const result = await run({ bytes, maskStartSeconds: 0, maskEndSeconds: 3 });
  const [left = new Float64Array(0)] = parseWav(result.wav).channels;
  expect(sameSpan(left, stored, 3 * RATE, 12 * RATE)).toBe(true);
  expect(rms(left, 0, 3 * RATE)).toBeGreaterThan(0.02);
});

test("fills most of a clip from the little that is known", async () => {
  const result = await run({ bytes, maskStartSeconds: 1, maskEndSeconds: 11 });
  const [left = new Float64Array(0)] = parseWav(result.wav).channels;
  expect(rms(left, RATE, 11 * RATE)).toBeGreaterThan(0.02);
  expect(left.every(Number.isFinite)).toBe(true);
});

test("falls back to mirroring, with a warning, when almost nothing is known", async () => {
  const result = await run({ bytes, maskStartSeconds: 0, maskEndSeconds: 12, totalSeconds: 12.5 }).catch(() => null);
  expect(result).toBeNull();
  const short = wavFile(beatLoop({ seconds: 12.2 }));
  const mirrored = await run({ bytes: short, maskStartSeconds: 0, maskEndSeconds: 12 });
  expect(mirrored.log.filter(({ level }) => level === "WARN").map(({ message }) => message)).toEqual([
    expect.stringContaining("nothing similar found"),
  ]);
  expect(mirrored.matchScore).toBeGreaterThan(1);
  const [left = new Float64Array(0)] = parseWav(mirrored.wav).channels;
  expect(rms(left, 0, RATE)).toBeGreaterThan(0.001);
});
