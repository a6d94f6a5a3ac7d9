import { expect, test } from "vitest";
import { melBands } from "../../../src/engine/inpainting/bands.js";
import { createRecording } from "../../../src/engine/inpainting/recording.js";
import { seamAgreement, sourceShare } from "../../../src/engine/inpainting/seam.js";
import { matchTimbre } from "../../../src/engine/inpainting/seam-timbre.js";
import { applyBandGains } from "../../../src/engine/inpainting/short-time-gain.js";
import { noise, rms } from "./fixtures.js";

const RATE = 22_050;
const SIZE = 512;
const bands = melBands(SIZE, RATE);
const white = noise(RATE, 1)[0] as Float32Array;

test.each([1, -1] as const)(
  "gains are there from the edge on, without a step, over their length (direction %i)",
  (direction) => {
    const length = RATE / 2;
    const setIn = 60;
    // Ten thousand samples, and the context beside their first or last.
    const [from, to] = [4000, RATE - 4000];
    const samples = white.slice(from, to);
    const before = samples.slice();
    const context = direction === 1 ? white.subarray(from - SIZE, from) : white.subarray(to, to + SIZE);
    const gainsDb = new Float64Array(bands.length).fill(6);
    const weightAt = (at: number) => (at < length ? 1 : 0);
    applyBandGains(samples, context, { bands, gainsDb, size: SIZE, direction, length, setIn, weightAt });
    /** Between two distances from the edge. */
    const gainDb = (near: number, far: number) => {
      const [first, last] = direction === 1 ? [near, far] : [samples.length - far, samples.length - near];
      return 20 * Math.log10(rms(samples, first, last) / rms(before, first, last));
    };
    expect(gainDb(0, 5)).toBeLessThan(0.5);
    expect(gainDb(setIn, 400)).toBeCloseTo(6, 1);
    expect(gainDb(2000, 8000)).toBeCloseTo(6, 1);
    expect(gainDb(length + SIZE, samples.length)).toBe(0);
  },
);

/** Loud noise, a gap from 4 to 6 s, and from 8 s on the same noise 6 dB softer. */
function loudAndSoft() {
  const loud = noise(12 * RATE, 1)[0] as Float32Array;
  const samples = loud.map((sample, n) => (n < 8 * RATE ? sample : sample / 2));
  return createRecording([samples], RATE, { start: 4 * RATE, end: 6 * RATE, total: 12 * RATE });
}

test("a fill from a softer passage begins as loud as its context and eases back to its own level", () => {
  const recording = loudAndSoft();
  const lag = -5 * RATE;
  const source = (recording.channels[0] as Float32Array).slice(9 * RATE, 11 * RATE);
  const fill = source.slice();
  matchTimbre(recording, [fill], { at: 4 * RATE, lag, direction: 1, agreement: 0 }, { ordinaryDb: 3, largeDb: 20 });
  const gainDb = (from: number, to: number) => 20 * Math.log10(rms(fill, from, to) / rms(source, from, to));
  expect(gainDb(500, 1700)).toBeGreaterThan(4);
  expect(gainDb(500, 1700)).toBeLessThan(8);
  expect(gainDb(RATE, 2 * RATE)).toBe(0);
});

test.each([
  ["stays where context and source agree", 0.75, 20, -2.5, 2.5],
  ["stays in a repeat, however large", 1, 1, -2.5, 2.5],
  ["shrinks to an ordinary one where they don't", 0, 20, 2.5, 7],
])("a large change that the music makes at its own seam %s", (_what, agreement, largeDb, least, most) => {
  const recording = loudAndSoft();
  const source = (recording.channels[0] as Float32Array).slice(8 * RATE, 10 * RATE);
  const fill = source.slice();
  matchTimbre(recording, [fill], { at: 4 * RATE, lag: -4 * RATE, direction: 1, agreement }, { ordinaryDb: 1, largeDb });
  const gainDb = 20 * Math.log10(rms(fill, 500, 1700) / rms(source, 500, 1700));
  expect(gainDb).toBeGreaterThan(least);
  expect(gainDb).toBeLessThan(most);
});

test("a source that agrees with its context is there whole, another one half", () => {
  const random = noise(12 * RATE, 1)[0] as Float32Array;
  const repeating = random.map((_, n) => random[n % (3 * RATE)] as number);
  const recording = createRecording([repeating], RATE, { start: 4 * RATE, end: 6 * RATE, total: 12 * RATE });
  const shareAt = (lag: number) => sourceShare(seamAgreement(recording, 4 * RATE, lag, 1));
  expect(shareAt(-3 * RATE)).toBeCloseTo(1, 3);
  expect(shareAt(-4 * RATE)).toBeLessThan(0.7);
});

/** Of what changes from sample to sample by more than a low tone can. */
function hissDb(sound: Float32Array, from: number, to: number): number {
  const bends = sound.map((sample, n) => sample - 2 * (sound[n - 1] ?? 0) + (sound[n - 2] ?? 0));
  return 20 * Math.log10(rms(bends, from, to));
}

test("a cymbal behind a context without one is taken away from the first millisecond on", () => {
  const hiss = noise(12 * RATE, 1)[0] as Float32Array;
  const tone = (n: number) => 0.3 * Math.sin((2 * Math.PI * 330 * n) / RATE);
  // Rises fast between neighbours, as hiss filtered by a first difference does, and only from 8 s on.
  const samples = hiss.map((sample, n) => tone(n) + (n < 8 * RATE ? 0 : 0.1 * (sample - (hiss[n - 1] ?? 0))));
  const recording = createRecording([samples], RATE, { start: 4 * RATE, end: 6 * RATE, total: 12 * RATE });
  const fill = samples.slice(9 * RATE, 11 * RATE);
  matchTimbre(
    recording,
    [fill],
    { at: 4 * RATE, lag: -5 * RATE, direction: 1, agreement: 1 },
    { ordinaryDb: 3, largeDb: 20 },
  );
  const source = samples.slice(9 * RATE, 11 * RATE);
  expect(hissDb(fill, 22, 1000) - hissDb(source, 22, 1000)).toBeLessThan(-15);
  expect(rms(fill, 100, 4000)).toBeGreaterThan(0.18);
});

/** A low tone, hissing only in two spans, in seconds; the gap from 4 to 6 s is filled from 9 s on, with nothing in common. */
function fillFromStroke(inContext: [number, number], inSource: [number, number]) {
  const hiss = noise(12 * RATE, 1)[0] as Float32Array;
  const isIn = ([from, to]: [number, number], n: number) => n >= from * RATE && n < to * RATE;
  const samples = hiss.map((sample, n) => {
    const stroke = isIn(inContext, n) || isIn(inSource, n) ? 0.1 * (sample - (hiss[n - 1] ?? 0)) : 0;
    return 0.3 * Math.sin((2 * Math.PI * 330 * n) / RATE) + stroke;
  });
  const source = samples.slice(9 * RATE, 11 * RATE);
  const fill = source.slice();
  const recording = createRecording([samples], RATE, { start: 4 * RATE, end: 6 * RATE, total: 12 * RATE });
  const seam = { at: 4 * RATE, lag: -5 * RATE, direction: 1, agreement: 0 } as const;
  matchTimbre(recording, [fill], seam, { ordinaryDb: 1, largeDb: 20 });
  return (from: number, to: number) => hissDb(fill, from, to) - hissDb(source, from, to);
}

test("a stroke that its context has begun goes on in the fill", () => {
  const changeDb = fillFromStroke([3.99, 4], [8.99, 11]);
  expect(changeDb(22, 1000)).toBeGreaterThan(-4);
});

test("a stroke that begins with the seam, and is not believed, is softened from its first millisecond on", () => {
  const changeDb = fillFromStroke([0, 0], [9, 11]);
  expect(changeDb(3, 22)).toBeLessThan(-6);
  expect(changeDb(22, 1000)).toBeLessThan(-7);
});
