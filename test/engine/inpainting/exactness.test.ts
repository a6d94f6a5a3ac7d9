import { expect, test } from "vitest";
import { beatLoop, type Depth, parseWav, run, sameSpan, wavFile } from "./fixtures.js";

const RATE = 11_025;
const START = 4 * RATE;
const END = 6 * RATE;

/** What the stored integers of a result should be for a source of this depth. */
const RESULT_BITS: Readonly<Record<Depth, number>> = {
  int8: 16,
  int16: 16,
  int24: 24,
  int32: 32,
  float32: 32,
  float64: 64,
};

test.each(Object.keys(RESULT_BITS) as Depth[])("keeps every %s sample outside the mask", async (depth) => {
  const source = beatLoop({ seconds: 10 }).map((channel) => Float64Array.from(channel, (v, n) => v + (n % 7) * 1e-9));
  const bytes = wavFile(source, { depth });
  const reference = Buffer.from(bytes);
  const result = await run({ bytes });
  const output = parseWav(result.wav);
  expect(output.bits).toBe(RESULT_BITS[depth]);
  expect(output.isFloat).toBe(depth.startsWith("float"));
  expect(output.sampleRate).toBe(RATE);
  const size = { int8: 1, int16: 2, int24: 3, int32: 4, float32: 4, float64: 8 }[depth];
  const read = (offset: number): number => {
    if (depth === "int8") return (reference.readUInt8(offset) - 128) * 256;
    if (depth === "float32") return reference.readFloatLE(offset);
    return depth === "float64" ? reference.readDoubleLE(offset) : reference.readIntLE(offset, size);
  };
  output.raw.forEach((samples, channel) => {
    const stored = Float64Array.from(samples, (_, n) => read(44 + (n * 2 + channel) * size));
    expect(sameSpan(samples, stored, 0, START)).toBe(true);
    expect(sameSpan(samples, stored, END, samples.length)).toBe(true);
    expect(sameSpan(samples, stored, START, END)).toBe(false);
  });
});

test.each([1, 2, 3, 6, 8])("keeps %i channels apart", async (channelCount) => {
  const source = beatLoop({ seconds: 8, channelCount, sampleRate: 8000 });
  const result = await run({ bytes: wavFile(source, { sampleRate: 8000 }), maskStartSeconds: 3, maskEndSeconds: 5 });
  const output = parseWav(result.wav);
  expect(result.channels).toBe(channelCount);
  expect(output.channels).toHaveLength(channelCount);
  output.channels.forEach((samples, channel) => {
    const expected = Float64Array.from(source[channel] as Float32Array, (v) => Math.round(v * 32768) / 32768);
    expect(sameSpan(samples, expected, 0, 3 * 8000)).toBe(true);
    expect(sameSpan(samples, expected, 5 * 8000, samples.length)).toBe(true);
  });
});

test("reads an EXTENSIBLE header", async () => {
  const source = beatLoop({ seconds: 8 });
  const plain = await run({ bytes: wavFile(source, { depth: "int24" }) });
  const extensible = await run({ bytes: wavFile(source, { depth: "int24", extensible: true }) });
  expect(Buffer.compare(plain.wav, extensible.wav)).toBe(0);
});

test("gives the same bytes for the same task", async () => {
  const bytes = wavFile(beatLoop({ seconds: 10 }));
  const first = await run({ bytes, seed: 77n });
  const second = await run({ bytes, seed: 77n });
  expect(Buffer.compare(first.wav, second.wav)).toBe(0);
});

test.each([
  ["inside", 4, 6],
  ["head", 0, 3],
  ["tail", 7, 10],
])("never reads what the mask covers (%s)", async (_place, maskStartSeconds, maskEndSeconds) => {
  const silent = beatLoop({ seconds: 10 });
  const loud = beatLoop({ seconds: 10 });
  for (const channel of silent) channel.fill(0, maskStartSeconds * RATE, maskEndSeconds * RATE);
  for (const channel of loud) {
    for (let n = maskStartSeconds * RATE; n < maskEndSeconds * RATE; n++) channel[n] = n % 2 ? 0.9 : -0.9;
  }
  const span = { maskStartSeconds, maskEndSeconds, seed: 3n };
  const fromSilence = await run({ bytes: wavFile(silent), ...span });
  const fromNoise = await run({ bytes: wavFile(loud), ...span });
  expect(Buffer.compare(fromSilence.wav, fromNoise.wav)).toBe(0);
});

test("offers different takes of repetitive music to different seeds", async () => {
  const bytes = wavFile(beatLoop({ seconds: 16, channelCount: 1 }));
  const takes = new Set<string>();
  for (const seed of [1n, 2n, 3n, 4n]) {
    takes.add(Buffer.from((await run({ bytes, maskStartSeconds: 7, maskEndSeconds: 9, seed })).wav).toString("latin1"));
  }
  expect(takes.size).toBeGreaterThanOrEqual(2);
});
