import { expect, test } from "vitest";
import { beatLoop, noise, parseWav, rms, run, wavFile } from "./fixtures.js";

const RATE = 11_025;

/** Where the kicks of `beatLoop` begin: the loudest rise of energy below the hat, in samples, near each expected beat. */
function kickOffset(samples: Float64Array, beat: number): number {
  let best = 0;
  let bestRise = 0;
  for (let offset = -1102; offset <= 1102; offset += 24) {
    const at = beat + offset;
    const rise = rms(samples, at, at + 551) - rms(samples, at - 551, at);
    if (rise > bestRise) {
      bestRise = rise;
      best = offset;
    }
  }
  return best / RATE;
}

test.each([
  [2, 8, 120],
  [8, 12, 120],
  [6, 10, 97],
])("lands on the beat (mask %i-%i s at %i bpm)", async (maskStartSeconds, maskEndSeconds, beatsPerMinute) => {
  const bytes = wavFile(beatLoop({ seconds: 24, beatsPerMinute }));
  const result = await run({ bytes, maskStartSeconds, maskEndSeconds });
  const [left = new Float64Array(0)] = parseWav(result.wav).channels;
  const beat = 60 / beatsPerMinute;
  for (let k = Math.ceil(maskStartSeconds / beat + 0.3); k * beat < maskEndSeconds - 0.2; k++) {
    expect(Math.abs(kickOffset(left, Math.round(k * beat * RATE)))).toBeLessThan(0.015);
  }
});

test.each([0n, 1n, 2n])("has no click at its seams (seed %i)", async (seed) => {
  const bytes = wavFile(beatLoop({ seconds: 20 }));
  const result = await run({ bytes, maskStartSeconds: 7, maskEndSeconds: 10, seed });
  for (const samples of parseWav(result.wav).channels) {
    for (const seam of [7 * RATE, 10 * RATE]) {
      const step = (n: number) => Math.abs((samples[n] ?? 0) - 2 * (samples[n - 1] ?? 0) + (samples[n - 2] ?? 0));
      const atSeam = Math.max(step(seam), step(seam + 1));
      let ordinary = 0;
      for (let n = seam - (RATE >> 1); n < seam + (RATE >> 1); n++) {
        if (Math.abs(n - seam) > 20) ordinary = Math.max(ordinary, step(n));
      }
      expect(atSeam).toBeLessThanOrEqual(ordinary);
    }
  }
});

test("keeps the level of its surroundings", async () => {
  const result = await run({ bytes: wavFile(beatLoop({ seconds: 20 })), maskStartSeconds: 8, maskEndSeconds: 12 });
  const [left = new Float64Array(0)] = parseWav(result.wav).channels;
  const stepDb = 20 * Math.log10(rms(left, 8 * RATE, 12 * RATE) / rms(left, 4 * RATE, 8 * RATE));
  expect(Math.abs(stepDb)).toBeLessThan(1.5);
});

test("calls a repeating passage a close repeat and noise nothing of the sort", async () => {
  const loop = await run({ bytes: wavFile(beatLoop({ seconds: 20 })), maskStartSeconds: 8, maskEndSeconds: 10 });
  const hiss = await run({ bytes: wavFile(noise(20 * RATE, 1)), maskStartSeconds: 8, maskEndSeconds: 10 });
  expect(loop.matchScore).toBeLessThan(0.8);
  expect(hiss.matchScore).toBeGreaterThan(loop.matchScore + 0.5);
});

test.each([
  ["inside", { maskStartSeconds: 4, maskEndSeconds: 6 }],
  ["beyond its end", { maskStartSeconds: 10, maskEndSeconds: 14, totalSeconds: 14 }],
])("fills silence with silence (%s)", async (_place, task) => {
  const result = await run({ bytes: wavFile([new Float32Array(10 * RATE)]), ...task });
  expect(parseWav(result.wav).channels[0]?.every((sample) => sample === 0)).toBe(true);
  expect(Number.isFinite(result.matchScore)).toBe(true);
});

test.each([8000, 11_025, 48_000, 96_000])("works at %i Hz", async (sampleRate) => {
  const bytes = wavFile(beatLoop({ seconds: 8, sampleRate, channelCount: 1 }), { sampleRate });
  const result = await run({ bytes, maskStartSeconds: 3, maskEndSeconds: 4 });
  const [left = new Float64Array(0)] = parseWav(result.wav).channels;
  expect(rms(left, 3 * sampleRate, 4 * sampleRate)).toBeGreaterThan(0.02);
  expect(result.sampleRate).toBe(sampleRate);
});
