import fc from "fast-check";
import { expect, test } from "vitest";
import type { InpaintTask } from "../../../src/engine/inpainting/inpaint.js";
import { createRandom } from "../../../src/engine/inpainting/random.js";
import { beatLoop, noise, parseWav, run, sameSpan, type WavOptions, wavFile } from "./fixtures.js";

/** Each run fills a clip twice at most; enough to meet every kind of signal, rate and mask. */
const RUNS = { numRuns: 25 };
const TIMEOUT_MS = 120_000;

/** Numbers only, so that a counterexample can be read. */
interface Case {
  signal: string;
  seconds: number;
  sampleRate: number;
  channelCount: number;
  depth: NonNullable<WavOptions["depth"]>;
  /** In seconds. */
  start: number;
  end: number;
  /** Of the result: more than `seconds` where the mask goes beyond the clip. */
  total: number;
  seed: bigint;
}

type Signal = (seconds: number, sampleRate: number, channelCount: number, seed: bigint) => Float32Array[];

const SIGNALS: Record<string, Signal> = {
  beats: (seconds, sampleRate, channelCount, seed) => beatLoop({ seconds, sampleRate, channelCount, seed }),
  noise: (seconds, sampleRate, channelCount, seed) => noise(seconds * sampleRate, channelCount, seed),
  glide: (seconds, sampleRate, channelCount) =>
    Array.from({ length: channelCount }, (_, channel) =>
      Float32Array.from({ length: seconds * sampleRate }, (_unused, n) => {
        const time = n / sampleRate;
        return 0.4 * Math.sin(2 * Math.PI * (200 + 60 * channel + 40 * time) * time);
      }),
    ),
  sparse: (seconds, sampleRate, channelCount, seed) => {
    const random = createRandom(seed);
    return Array.from({ length: channelCount }, () =>
      Float32Array.from({ length: seconds * sampleRate }, () => (random() < 0.001 ? random() - 0.5 : 0)),
    );
  },
};

const cases: fc.Arbitrary<Case> = fc
  .record({
    signal: fc.constantFrom(...Object.keys(SIGNALS)),
    seconds: fc.integer({ min: 2, max: 6 }),
    sampleRate: fc.constantFrom(8_000, 11_025, 16_000, 22_050, 44_100, 48_000),
    channelCount: fc.integer({ min: 1, max: 3 }),
    depth: fc.constantFrom<Case["depth"]>("int16", "int24", "float32"),
    from: fc.nat(5),
    length: fc.integer({ min: 1, max: 6 }),
    beyond: fc.nat(4),
    seed: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  })
  .map(({ from, length, beyond, ...clip }) => {
    const { seconds } = clip;
    const start = from % seconds;
    // At least a second stays known.
    const end = Math.min(seconds, start + length, start === 0 ? seconds - 1 : seconds);
    return end < seconds
      ? { ...clip, start, end, total: seconds }
      : { ...clip, start, end: end + beyond, total: end + beyond };
  });

function channelsOf({ signal, seconds, sampleRate, channelCount, seed }: Case): Float32Array[] {
  return (SIGNALS[signal] as Signal)(seconds, sampleRate, channelCount, seed);
}

function taskOf(clip: Case, channels: Float32Array[]): Partial<InpaintTask> & { bytes: Uint8Array } {
  const { sampleRate, depth, start, end, total, seed } = clip;
  const bytes = wavFile(channels, { sampleRate, depth });
  return { bytes, maskStartSeconds: start, maskEndSeconds: end, totalSeconds: total, seed };
}

test("keeps every sample outside the mask, and fills inside with finite ones", { timeout: TIMEOUT_MS }, async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (clip) => {
      const channels = channelsOf(clip);
      const stored = parseWav(wavFile(channels, clip)).raw;
      const output = parseWav((await run(taskOf(clip, channels))).wav).raw;
      expect(output).toHaveLength(stored.length);
      output.forEach((samples, channel) => {
        const before = stored[channel] as Float64Array;
        expect(samples).toHaveLength(clip.total * clip.sampleRate);
        expect(sameSpan(samples, before, 0, clip.start * clip.sampleRate)).toBe(true);
        expect(sameSpan(samples, before, clip.end * clip.sampleRate, before.length)).toBe(true);
        expect(samples.every(Number.isFinite)).toBe(true);
      });
    }),
    RUNS,
  );
});

test("gives the same bytes for the same seed, whatever the mask covers", { timeout: TIMEOUT_MS }, async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.bigInt({ min: 1n, max: 999n }), async (clip, otherSeed) => {
      const channels = channelsOf(clip);
      const other = noise(clip.seconds * clip.sampleRate, clip.channelCount, otherSeed, 0.9);
      const [from, to] = [clip.start, Math.min(clip.end, clip.seconds)].map((seconds) => seconds * clip.sampleRate);
      const covered = channels.map((samples, channel) => {
        const copy = samples.slice();
        copy.set((other[channel] as Float32Array).subarray(from, to), from);
        return copy;
      });
      const first = await run(taskOf(clip, channels));
      const second = await run(taskOf(clip, covered));
      expect(Buffer.compare(first.wav, second.wav)).toBe(0);
    }),
    RUNS,
  );
});

test("steps no further at a seam than the signal does beside it", { timeout: TIMEOUT_MS }, async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (clip) => {
      const output = parseWav((await run(taskOf(clip, channelsOf(clip)))).wav).channels;
      // Long enough to hold the beats' own attacks: a fill may begin with one.
      const near = Math.round(0.6 * clip.sampleRate);
      for (const samples of output) {
        const step = (n: number) => Math.abs((samples[n] ?? 0) - (samples[n - 1] ?? 0));
        for (const seam of [clip.start * clip.sampleRate, clip.end * clip.sampleRate]) {
          if (seam === 0 || seam >= samples.length) continue;
          let ordinary = 0;
          for (let n = Math.max(1, seam - near); n < Math.min(samples.length, seam + near); n++) {
            if (n !== seam) ordinary = Math.max(ordinary, step(n));
          }
          expect(step(seam)).toBeLessThanOrEqual(1.5 * ordinary + 1e-3);
        }
      }
    }),
    RUNS,
  );
});
