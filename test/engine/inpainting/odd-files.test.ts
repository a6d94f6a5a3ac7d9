import { expect, test } from "vitest";
import { createMp3Encoder } from "wasm-media-encoders";
import { decodeAudio } from "../../../src/engine/inpainting/decode.js";
import { aiffFile } from "./aiff-fixture.js";
import { beatLoop, noise, wavFile } from "./fixtures.js";
import { flacFile, oggFlacFile } from "./flac-fixture.js";
import { mp3File } from "./mp3-fixture.js";
import { vorbisFile } from "./ogg-fixture.js";

const concatenate = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const bytesOf = (samples: ArrayBufferView): Buffer =>
  Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
/** Compared as bytes, which takes a fraction of the time. */
const expectSame = (channels: readonly ArrayBufferView[], expected: readonly ArrayBufferView[]): void => {
  expect(channels).toHaveLength(expected.length);
  channels.forEach((samples, channel) => {
    expect(bytesOf(samples).equals(bytesOf(expected[channel] as ArrayBufferView))).toBe(true);
  });
};
const secondsOf = ({ channels, sampleRate }: Awaited<ReturnType<typeof decodeAudio>>): number =>
  (channels[0]?.length ?? 0) / sampleRate;

/** A RIFF chunk, padded to an even length. */
function chunk(id: string, body: Uint8Array, length = body.length): Uint8Array {
  const head = Buffer.alloc(8);
  head.write(id);
  head.writeUInt32LE(length, 4);
  return concatenate(head, body, new Uint8Array(body.length & 1));
}

/** Odd, so that their bytes are too. */
const FRAMES = 30_001;

/** The chunks of a WAV of `fixtures.ts`: its format, and its samples. */
function parts(wav: Uint8Array): { format: Uint8Array; samples: Uint8Array } {
  return { format: wav.subarray(20, 36), samples: wav.subarray(44, 44 + FRAMES * 3) };
}

const riff = (id: string, ...chunks: Uint8Array[]): Uint8Array => {
  const body = concatenate(Buffer.from("WAVE"), ...chunks);
  return concatenate(chunk(id, body, id === "RIFF" ? body.length : 0xffffffff));
};

const plain = wavFile(noise(FRAMES, 1), { depth: "int24" });
const { format, samples } = parts(plain);
const text = chunk("LIST", Buffer.from("INFOISFT\x05\0\0\0a tool", "latin1"));
/** RF64's sizes: of the file, of the data, of samples; no table. */
const ds64 = (dataBytes: number): Uint8Array => {
  const body = Buffer.alloc(28);
  body.writeBigUInt64LE(BigInt(dataBytes), 8);
  return chunk("ds64", body);
};

test.each<[string, Uint8Array]>([
  [
    "with text before its format and behind its samples",
    riff("RIFF", text, chunk("fmt ", format), chunk("data", samples), text),
  ],
  [
    "whose format chunk says how much more it says",
    riff("RIFF", chunk("fmt ", concatenate(format, new Uint8Array(2))), chunk("data", samples)),
  ],
  [
    "as RF64, with text behind its samples",
    riff("RF64", ds64(samples.length), chunk("fmt ", format), chunk("data", samples, 0xffffffff), text),
  ],
  ["as BW64", riff("BW64", ds64(samples.length), chunk("fmt ", format), chunk("data", samples, 0xffffffff))],
])("reads a WAV %s", async (_name, bytes) => {
  const audio = await decodeAudio(bytes);
  expect(audio.warnings).toEqual([]);
  expectSame(audio.channels, (await decodeAudio(plain)).channels);
});

test("says so when an RF64 ends before what its ds64 chunk promises", async () => {
  const bytes = riff("RF64", ds64(samples.length + 6e9), chunk("fmt ", format), chunk("data", samples, 0xffffffff));
  expect((await decodeAudio(bytes)).warnings).toEqual([expect.stringMatching(/ends \d{10} bytes early/)]);
});

test("reads WAV samples of 20 bits, which lie in 24", async () => {
  const coarse = Buffer.from(samples.map((byte, n) => (n % 3 === 0 ? byte & 0xf0 : byte)));
  const narrow = format.slice();
  narrow[14] = 20;
  const audio = await decodeAudio(riff("RIFF", chunk("fmt ", narrow), chunk("data", coarse)));
  expect(audio).toMatchObject({ encoding: "int24", warnings: [] });
  expect(audio.channels[0]?.slice(0, 9)).toEqual(
    Float32Array.from({ length: 9 }, (_, n) => coarse.readIntLE(3 * n, 3) / 2 ** 23),
  );
});

type Make = (channels: Float32Array[], sampleRate: number) => Uint8Array | Promise<Uint8Array>;
const LOSSLESS: [string, Make][] = [
  ["WAV", (channels, sampleRate) => wavFile(channels, { sampleRate, extensible: true })],
  ["AIFF-C", (channels, sampleRate) => aiffFile(channels, { sampleRate, codec: "sowt" })],
  ["FLAC", (channels, sampleRate) => flacFile(channels, { sampleRate })],
  ["Ogg FLAC", (channels, sampleRate) => oggFlacFile(channels, { sampleRate })],
];
const LAYOUTS: [channelCount: number, sampleRate: number][] = [
  [1, 8_000],
  [7, 8_000],
  [8, 8_000],
  [1, 192_000],
];
/** FLAC's decoder can't do eight channels. */
const READABLE = LOSSLESS.flatMap(([name, make]) =>
  LAYOUTS.filter(([channelCount]) => channelCount < 8 || !name.includes("FLAC")).map(
    (layout) => [name, ...layout, make] as const,
  ),
);

test.each(READABLE)(
  "reads %s with %i channels at %i Hz, every sample as it was",
  async (_name, channelCount, sampleRate, make) => {
    const channels = noise(sampleRate * 1.2, channelCount);
    const audio = await decodeAudio(await make(channels, sampleRate));
    expect(audio).toMatchObject({ sampleRate, warnings: [] });
    expectSame(
      audio.channels,
      channels.map((channel) => channel.map((v) => Math.round(v * 32_768) / 32_768 + 0)),
    );
  },
);

test.each(LOSSLESS.filter(([name]) => name.includes("FLAC")))("refuses %s with 8 channels", async (_name, make) => {
  await expect(decodeAudio(await make(noise(12_000, 8), 8_000))).rejects.toMatchObject({
    type: "unsupported_audio_format",
    message: expect.stringContaining("Expected 1 to 7 channels, got 8"),
  });
});

test.each([8_000, 192_000])("reads Ogg Vorbis at %i Hz", async (sampleRate) => {
  const audio = await decodeAudio(await vorbisFile(noise(sampleRate * 1.5, 1), sampleRate));
  expect(audio).toMatchObject({ sampleRate, warnings: [] });
  expect(audio.channels.map(({ length }) => length)).toEqual([sampleRate * 1.5]);
});

test.each([8_000, 12_000, 24_000, 32_000, 48_000])("reads MP3 at %i Hz", async (sampleRate) => {
  const audio = await decodeAudio(await mp3File(beatLoop({ seconds: 3, sampleRate, channelCount: 1 }), sampleRate));
  expect(audio).toMatchObject({ sampleRate, warnings: [] });
  expect(secondsOf(audio)).toBeCloseTo(3, 0);
});

test("reads an MP3 of varying bit rate that does not say how long it is", async () => {
  const encoder = await createMp3Encoder();
  encoder.configure({ sampleRate: 44_100, channels: 2, vbrQuality: 4 });
  const quietAndLoud = beatLoop({ seconds: 6, sampleRate: 44_100 }).map((channel) => channel.fill(0, 0, 100_000));
  const bytes = concatenate(encoder.encode(quietAndLoud).slice(), encoder.finalize().slice());
  expect(Buffer.from(bytes).toString("latin1")).not.toMatch(/Xing|Info/);
  const audio = await decodeAudio(bytes);
  expect(audio.warnings).toEqual([]);
  expect(secondsOf(audio)).toBeCloseTo(6, 0);
});

/** An ID3v2.4 tag with a picture, in which all that looks like audio occurs. */
function pictureTag(footer: boolean): Uint8Array {
  const picture = Buffer.alloc(9_000, "\xff\xfb\x90\x64OggSfLaCRIFF\xff\xd8", "latin1");
  const apic = Buffer.concat([Buffer.from("APIC"), size(picture.length, 8), Buffer.alloc(2), picture]);
  const head = Buffer.concat([Buffer.from([0x49, 0x44, 0x33, 4, 0, footer ? 16 : 0]), size(apic.length, 7)]);
  const foot = Buffer.concat([Buffer.from("3DI"), head.subarray(3)]);
  return concatenate(head, apic, footer ? foot : Buffer.alloc(0));
}

/** Four bytes of so many bits each. */
function size(value: number, bits: number): Buffer {
  return Buffer.from([3, 2, 1, 0].map((place) => (value >> (place * bits)) & ((1 << bits) - 1)));
}

const id3v1 = Buffer.alloc(128, "TAG");

test.each<[string, (mp3: Uint8Array) => Uint8Array]>([
  ["with a picture before it", (mp3) => concatenate(pictureTag(false), mp3)],
  ["with a picture and a footer", (mp3) => concatenate(pictureTag(true), mp3)],
  ["with two tags before it", (mp3) => concatenate(pictureTag(false), pictureTag(false), mp3)],
  ["with a tag behind it", (mp3) => concatenate(mp3, id3v1)],
])("reads an MP3 %s as it reads it alone", async (_name, tagged) => {
  const mp3 = await mp3File(beatLoop({ seconds: 3, sampleRate: 22_050 }), 22_050);
  const audio = await decodeAudio(tagged(mp3));
  expect(audio).toMatchObject({ format: "mp3", warnings: [] });
  expectSame(audio.channels, (await decodeAudio(mp3)).channels);
});

test("reads a FLAC with a picture before it as it reads it alone", async () => {
  const flac = flacFile(noise(30_000, 1), { sampleRate: 22_050 });
  const audio = await decodeAudio(concatenate(pictureTag(false), flac));
  expect(audio).toMatchObject({ format: "flac", warnings: [] });
  expectSame(audio.channels, (await decodeAudio(flac)).channels);
});
