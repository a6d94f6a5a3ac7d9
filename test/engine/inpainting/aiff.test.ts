import { expect, test } from "vitest";
import { decodeAudio } from "../../../src/engine/inpainting/decode.js";
import { type AiffOptions, aiffFile } from "./aiff-fixture.js";
import { beatLoop, noise, parseWav, run, sameSpan, wavFile } from "./fixtures.js";

const KINDS: [string, AiffOptions][] = [
  ["8-bit AIFF", { bits: 8 }],
  ["16-bit AIFF", { bits: 16 }],
  ["24-bit AIFF", { bits: 24 }],
  ["32-bit AIFF", { bits: 32 }],
  ["AIFF-C without compression", { codec: "NONE" }],
  ["big-endian AIFF-C", { codec: "twos", bits: 24 }],
  ["little-endian AIFF-C", { codec: "sowt" }],
  ["little-endian 24-bit AIFF-C", { codec: "sowt", bits: 24 }],
  ["in24 AIFF-C", { codec: "in24", bits: 24 }],
  ["in32 AIFF-C", { codec: "in32", bits: 32 }],
  ["float AIFF-C", { codec: "fl32", bits: 32 }],
  ["double AIFF-C", { codec: "fl64", bits: 64 }],
];

test.each(KINDS)("reads %s as it reads the same samples from a WAV", async (_name, options) => {
  const { bits = 16, codec } = options;
  const channels = noise(20_000, 2, 5n, 1.1);
  const isFloat = codec === "fl32" || codec === "fl64";
  const depth = isFloat
    ? bits === 64
      ? "float64"
      : "float32"
    : (`int${bits}` as "int8" | "int16" | "int24" | "int32");
  const wav = await decodeAudio(wavFile(channels, { depth }));
  expect(await decodeAudio(aiffFile(channels, options))).toEqual({ ...wav, format: "aiff" });
});

test.each([8000, 44_100, 96_000, 192_000])("reads a rate of %i Hz", async (sampleRate) => {
  const audio = await decodeAudio(aiffFile(noise(sampleRate * 1.5, 1), { sampleRate }));
  expect(audio.sampleRate).toBe(sampleRate);
});

test("makes a 24-bit WAV of a 24-bit AIFF, every sample outside the mask as it was", async () => {
  const channels = beatLoop({ seconds: 6 });
  const result = await run({ bytes: aiffFile(channels, { bits: 24 }), maskStartSeconds: 2, maskEndSeconds: 3 });
  const wav = parseWav(result.wav);
  expect(wav.bits).toBe(24);
  const { channels: source } = parseWav(wavFile(channels, { depth: "int24" }));
  wav.channels.forEach((samples, channel) => {
    expect(sameSpan(samples, source[channel] as Float64Array, 0, 22_050)).toBe(true);
    expect(sameSpan(samples, source[channel] as Float64Array, 33_075, samples.length)).toBe(true);
  });
});

test("uses an AIFF that ends early, with a warning", async () => {
  const bytes = aiffFile(noise(30_000, 1));
  const audio = await decodeAudio(bytes.slice(0, bytes.length - 10_000));
  expect(audio.channels[0]).toHaveLength(25_000);
  expect(audio.warnings).toEqual([expect.stringContaining("5000 samples early")]);
});

test("refuses a compressed AIFF-C by its codec's name", async () => {
  const bytes = aiffFile(noise(30_000, 1), { codec: "NONE" });
  bytes.set(Buffer.from("ima4"), 12 + 8 + 18);
  await expect(decodeAudio(bytes)).rejects.toMatchObject({
    type: "unsupported_audio_format",
    message: expect.stringContaining('"ima4"'),
  });
});
