import { expect, test } from "vitest";
import { decodeAudio } from "../../../src/engine/inpainting/decode.js";
import { beatLoop, noise, parseWav, run, sameSpan } from "./fixtures.js";
import { flacFile, oggFlacFile } from "./flac-fixture.js";
import { oggPages, repairOgg } from "./ogg-fixture.js";

const RATE = 22_050;
const BLOCK = 4096;

/** What the samples become as integers of so many bits, full scale = 1 again. */
function quantized(channel: Float32Array, bits: number): Float32Array {
  const scale = 2 ** (bits - 1);
  return channel.map((value) => Math.max(-scale, Math.min(scale - 1, Math.round(value * scale))) / scale + 0);
}

test.each([8, 16, 24])("gives back every sample of a %i-bit FLAC, full scale included", async (bits) => {
  const channels = noise(30_000, 2, 5n, 1.2);
  const bytes = flacFile(channels, { bits, sampleRate: RATE });
  const audio = await decodeAudio(bytes);
  expect(audio).toMatchObject({ format: "flac", sampleRate: RATE, warnings: [] });
  expect(audio.channels).toEqual(channels.map((channel) => quantized(channel, bits)));
});

test.each([
  [16, 16],
  [24, 24],
  [8, 16],
])("makes a WAV of a %i-bit FLAC that has %i bits and every sample outside the mask", async (bits, storedBits) => {
  const channels = beatLoop({ seconds: 6, sampleRate: RATE });
  const result = await run({
    bytes: flacFile(channels, { bits, sampleRate: RATE }),
    maskStartSeconds: 2,
    maskEndSeconds: 3,
  });
  const wav = parseWav(result.wav);
  expect(wav.bits).toBe(storedBits);
  wav.channels.forEach((samples, channel) => {
    const source = quantized(channels[channel] as Float32Array, bits);
    expect(sameSpan(samples, source, 0, 2 * RATE)).toBe(true);
    expect(sameSpan(samples, source, 3 * RATE, 6 * RATE)).toBe(true);
  });
});

test("reads frames that leave rate and depth to the stream", async () => {
  const channels = noise(30_000, 1);
  const audio = await decodeAudio(flacFile(channels, { bits: 24, sampleRate: RATE, bareFrames: true }));
  expect(audio.channels).toEqual(channels.map((channel) => quantized(channel, 24)));
});

test("reads FLAC in Ogg as it reads it alone", async () => {
  const channels = noise(30_000, 2);
  const alone = await decodeAudio(flacFile(channels, { bits: 24, sampleRate: RATE }));
  const inOgg = await decodeAudio(oggFlacFile(channels, { bits: 24, sampleRate: RATE }));
  expect(inOgg).toEqual({ ...alone, format: "ogg-flac" });
});

test("names the speakers of six channels as WAV does", async () => {
  const result = await run({
    bytes: flacFile(noise(3 * RATE, 6), { sampleRate: RATE }),
    maskStartSeconds: 1,
    maskEndSeconds: 2,
  });
  expect(Buffer.from(result.wav).readUInt32LE(40)).toBe(0x3f);
});

test("passes over a tag in front of the stream and one behind it", async () => {
  const channels = noise(30_000, 1);
  const before = Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\x01\0", "latin1"), Buffer.alloc(128)]);
  const after = Buffer.from("TAG".padEnd(128, "x"));
  const bytes = new Uint8Array(Buffer.concat([before, flacFile(channels, { sampleRate: RATE }), after]));
  const audio = await decodeAudio(bytes);
  expect(audio.warnings).toEqual([]);
  expect(audio.channels[0]).toEqual(quantized(channels[0] as Float32Array, 16));
});

test("leaves silence where a frame is damaged, and the rest where it was", async () => {
  const channels = noise(3 * RATE, 1);
  const source = quantized(channels[0] as Float32Array, 16);
  const bytes = flacFile(channels, { sampleRate: RATE });
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] as number) ^ 0xff;
  const { channels: decoded, warnings } = await decodeAudio(bytes);
  const [samples = new Float32Array(0)] = decoded;
  expect(samples).toHaveLength(source.length);
  const lost = [...source.keys()].filter((n) => samples[n] !== source[n]);
  expect(lost.every((n) => samples[n] === 0)).toBe(true);
  expect(lost.length).toBeGreaterThan(BLOCK * 0.9);
  expect((lost.at(-1) as number) - (lost[0] as number)).toBeLessThan(BLOCK);
  expect(warnings).toEqual([expect.stringContaining("damaged in 1 place")]);
});

test("drops frames that come twice", async () => {
  const channels = noise(3 * RATE, 1);
  const bytes = flacFile(channels, { sampleRate: RATE });
  const twice = new Uint8Array(Buffer.concat([bytes, bytes.subarray(100)]));
  expect((await decodeAudio(twice)).channels[0]).toEqual(quantized(channels[0] as Float32Array, 16));
});

test("uses a FLAC that ends early, with a warning", async () => {
  const bytes = flacFile(noise(3 * RATE, 1), { sampleRate: RATE });
  const audio = await decodeAudio(bytes.slice(0, bytes.length * 0.8));
  expect((audio.channels[0]?.length as number) / RATE).toBeGreaterThan(2);
  expect(audio.warnings).toEqual([expect.stringMatching(/FLAC file ends \d+ samples early/)]);
});

test.each([12, 20])("refuses FLAC of %i bits, which its decoder can't give", async (bits) => {
  await expect(decodeAudio(flacFile(noise(30_000, 1), { bits }))).rejects.toMatchObject({
    type: "unsupported_audio_format",
    message: expect.stringContaining(`got ${bits}`),
  });
});

test("refuses FLAC of 32 bits rather than round it", async () => {
  const bytes = flacFile(noise(2 * RATE, 1), { bits: 24, sampleRate: RATE });
  bytes[20] = (bytes[20] as number) | 1;
  bytes[21] = (bytes[21] as number) | 0xf0;
  await expect(decodeAudio(bytes)).rejects.toMatchObject({
    type: "unsupported_audio_format",
    message: expect.stringContaining("8, 16 or 24 bits a sample, got 32"),
  });
});

test("is not led astray by what a header claims", async () => {
  const channels = noise(2 * RATE, 1);
  const bytes = flacFile(channels, { sampleRate: RATE });
  bytes.fill(0xff, 22, 26); // the length in samples
  bytes[21] = (bytes[21] as number) | 0x0f;
  expect((await decodeAudio(bytes)).channels[0]).toHaveLength(2 * RATE);
});

test("refuses a FLAC of which most is damaged", async () => {
  const bytes = flacFile(noise(3 * RATE, 1), { sampleRate: RATE });
  for (let offset = 200; offset < bytes.length; offset += 1000) bytes[offset] = (bytes[offset] as number) ^ 1;
  await expect(decodeAudio(bytes)).rejects.toMatchObject({
    type: "unsupported_audio_format",
    message: expect.stringContaining("damaged beyond use"),
  });
});

test("passes over the other streams of an Ogg file", async () => {
  const channels = noise(30_000, 1);
  const audio = oggPages(Buffer.from(oggFlacFile(channels, { sampleRate: RATE })));
  const other = oggPages(Buffer.from(oggFlacFile(noise(30_000, 1, 9n), { sampleRate: RATE }))).map((page) => {
    page.writeUInt32LE(99, 14);
    return page;
  });
  other[0]?.write("fishead\0", 28);
  const mixed = [other[0], audio[0], ...audio.slice(1).flatMap((page, index) => [page, other[index + 1]])];
  const bytes = repairOgg(new Uint8Array(Buffer.concat(mixed.flatMap((page) => page ?? []))));
  const decoded = await decodeAudio(bytes);
  expect(decoded.warnings).toEqual([]);
  expect(decoded.channels[0]).toEqual(quantized(channels[0] as Float32Array, 16));
});
