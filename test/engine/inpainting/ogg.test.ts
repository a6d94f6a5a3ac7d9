import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import { decodeAudio } from "../../../src/engine/inpainting/decode.js";
import { beatLoop, parseWav, run, sameSpan } from "./fixtures.js";
import { oggPages, repairOgg, vorbisFile } from "./ogg-fixture.js";

const RATE = 44_100;
const SECONDS = 4;
const source = beatLoop({ seconds: SECONDS, sampleRate: RATE });

let vorbis: Uint8Array;
/** `beatLoop` of 3 s at 48 kHz, encoded by libopus at 48 kbit/s. */
let opus: Uint8Array;
/** A tone per speaker in WAV's order of six, at 250 Hz times its place from 1 on; the fourth (low frequencies) at 60 Hz. */
let sixTones: Uint8Array;

beforeAll(async () => {
  vorbis = await vorbisFile(source, RATE);
  opus = new Uint8Array(await readFile(new URL("beat-loop.opus", import.meta.url)));
  sixTones = new Uint8Array(await readFile(new URL("six-tones.opus", import.meta.url)));
});

/** How near the decoded sound is to what was encoded, sample by sample: a shift by a few samples would ruin it. */
function signalToError(decoded: ArrayLike<number>, original: ArrayLike<number>): number {
  let signal = 0;
  let error = 0;
  for (let n = 0; n < original.length; n++) {
    signal += (original[n] ?? 0) ** 2;
    error += ((original[n] ?? 0) - (decoded[n] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / error);
}

/** The file's pages with a change to one of them, checksums right again. */
function withPage(bytes: Uint8Array, index: number, change: (page: Buffer) => void): Uint8Array {
  const file = Buffer.from(bytes);
  change(oggPages(file).at(index) as Buffer);
  return repairOgg(new Uint8Array(file));
}

test("decodes Ogg Vorbis to exactly the samples that were encoded, none shifted", async () => {
  const audio = await decodeAudio(vorbis);
  expect(audio).toMatchObject({ format: "ogg-vorbis", sampleRate: RATE, encoding: "lossy", warnings: [] });
  expect(audio.channels).toHaveLength(2);
  audio.channels.forEach((samples, channel) => {
    expect(samples).toHaveLength(SECONDS * RATE);
    expect(signalToError(samples, source[channel] as Float32Array)).toBeGreaterThan(12);
  });
});

test("decodes Ogg Opus at 48 kHz to exactly the samples that were encoded, none shifted", async () => {
  const audio = await decodeAudio(opus);
  const original = beatLoop({ seconds: 3, sampleRate: 48_000 });
  expect(audio).toMatchObject({ format: "ogg-opus", sampleRate: 48_000, encoding: "lossy", warnings: [] });
  audio.channels.forEach((samples, channel) => {
    expect(samples).toHaveLength(3 * 48_000);
    expect(signalToError(samples, original[channel] as Float32Array)).toBeGreaterThan(12);
  });
});

test("brings the six channels of an Opus file into WAV's order", async () => {
  const { channels } = await decodeAudio(sixTones);
  const crossings = channels.map((samples) => {
    let count = 0;
    for (let n = 24_001; n < 72_000; n++) if ((samples[n - 1] as number) < 0 && (samples[n] as number) >= 0) count++;
    return Math.round(count / 10) * 10;
  });
  expect(crossings).toEqual([250, 500, 750, 60, 1250, 1500]);
  const result = await run({ bytes: sixTones, maskStartSeconds: 1, maskEndSeconds: 1.2 });
  expect(Buffer.from(result.wav).readUInt32LE(40)).toBe(0x3f);
});

test.each(["vorbis", "opus"])(
  "keeps every decoded %s sample outside the mask, rounded once to 16 bit",
  async (kind) => {
    const bytes = kind === "vorbis" ? vorbis : opus;
    const decoded = await decodeAudio(bytes);
    const { wav, sampleRate } = await run({ bytes, maskStartSeconds: 1, maskEndSeconds: 2 });
    const { raw, bits } = parseWav(wav);
    expect(bits).toBe(16);
    raw.forEach((samples, channel) => {
      const outside = [...samples.keys()].filter((n) => n < sampleRate || n >= 2 * sampleRate);
      expect(outside.every((n) => samples[n] === Math.round((decoded.channels[channel]?.[n] as number) * 32_768))).toBe(
        true,
      );
    });
  },
);

test("cuts the end to the last page's position", async () => {
  const shorter = withPage(vorbis, -1, (page) => page.writeBigInt64LE(BigInt(SECONDS * RATE - 100), 6));
  expect((await decodeAudio(shorter)).channels[0]).toHaveLength(SECONDS * RATE - 100);
});

test("cuts the beginning where the first page's position is less than what it holds", async () => {
  const whole = (await decodeAudio(vorbis)).channels[0] as Float32Array;
  const file = Buffer.from(vorbis);
  const audioPages = oggPages(file).filter((page) => page.readBigInt64LE(6) > 0n);
  for (const page of audioPages) page.writeBigInt64LE(page.readBigInt64LE(6) - 300n, 6);
  const cut = await decodeAudio(repairOgg(new Uint8Array(file)));
  expect(cut.channels[0]).toEqual(whole.subarray(300));
});

test("takes a stream that was cut out of a longer one from where it starts", async () => {
  const file = Buffer.from(vorbis);
  for (const page of oggPages(file).slice(2)) page.writeBigInt64LE(page.readBigInt64LE(6) + 5_000_000n, 6);
  const audio = await decodeAudio(repairOgg(new Uint8Array(file)));
  expect(audio.channels).toEqual((await decodeAudio(vorbis)).channels);
});

test("ignores an end that lies before the last page", async () => {
  const bytes = withPage(vorbis, -1, (page) => page.writeBigInt64LE(0n, 6));
  expect((await decodeAudio(bytes)).channels[0]?.length).toBeGreaterThanOrEqual(SECONDS * RATE);
});

test("applies the gain an Opus header asks for", async () => {
  const louder = withPage(opus, 0, (page) => page.writeInt16LE(256 * 6, 28 + 16));
  const plain = (await decodeAudio(opus)).channels[0] as Float32Array;
  const amplified = (await decodeAudio(louder)).channels[0] as Float32Array;
  expect((amplified[30_000] as number) / (plain[30_000] as number)).toBeCloseTo(10 ** (6 / 20), 4);
});

test.each([
  ["a channel mapping family it does not know", 18, 2],
  ["no channels", 9, 0],
  ["nine channels", 9, 9],
  ["three channels without a table", 9, 3],
])("refuses an Opus header with %s", async (_fault, offset, value) => {
  const bytes = withPage(opus, 0, (page) => page.writeUInt8(value, 28 + offset));
  await expect(decodeAudio(bytes)).rejects.toMatchObject({ type: "unsupported_audio_format", message: /channel/ });
});

test.each(["vorbis", "opus"])("uses a damaged %s file without its damaged pages, with a warning", async (kind) => {
  const bytes = (kind === "vorbis" ? vorbis : opus).slice();
  const page = oggPages(Buffer.from(bytes.buffer)).at(-2) as Buffer;
  page[page.length - 5] = (page[page.length - 5] as number) ^ 1;
  const audio = await decodeAudio(bytes);
  expect(audio.warnings).toEqual([expect.stringContaining("damaged in 1 place")]);
  expect((audio.channels[0]?.length as number) / audio.sampleRate).toBeGreaterThan(1);
});

test.each(["vorbis", "opus"])("uses a %s file that ends early, with a warning", async (kind) => {
  const bytes = kind === "vorbis" ? vorbis : opus;
  const audio = await decodeAudio(bytes.slice(0, bytes.length * 0.7));
  expect(audio.warnings).toEqual([expect.stringContaining("ends early")]);
  expect((audio.channels[0]?.length as number) / audio.sampleRate).toBeGreaterThan(1);
});

test.each(["vorbis", "opus"])("joins %s streams that are chained, each cut to the sample", async (kind) => {
  const bytes = kind === "vorbis" ? vorbis : opus;
  const once = await decodeAudio(bytes);
  const twice = await decodeAudio(new Uint8Array(Buffer.concat([bytes, bytes])));
  expect(twice.warnings).toEqual([]);
  twice.channels.forEach((samples, channel) => {
    const single = once.channels[channel] as Float32Array;
    expect(samples).toHaveLength(2 * single.length);
    expect(sameSpan(samples, single, 0, single.length)).toBe(true);
    expect(sameSpan(samples.subarray(single.length), single, 0, single.length)).toBe(true);
  });
});

test("leaves out a chained stream of another rate, with a warning", async () => {
  const other = await vorbisFile(beatLoop({ seconds: 2, sampleRate: 22_050 }), 22_050);
  const audio = await decodeAudio(new Uint8Array(Buffer.concat([vorbis, other])));
  expect(audio.channels[0]).toHaveLength(SECONDS * RATE);
  expect(audio.warnings).toEqual([expect.stringContaining("can't be joined")]);
});

test("joins no more streams than a recording can have", async () => {
  const short = await vorbisFile(beatLoop({ seconds: 1, sampleRate: 8_000, channelCount: 1 }), 8_000);
  const audio = await decodeAudio(new Uint8Array(Buffer.concat(Array.from({ length: 40 }, () => short))));
  expect(audio.channels[0]).toHaveLength(32 * 8_000);
  expect(audio.warnings).toEqual([expect.stringContaining("can't be joined")]);
});

test("refuses an Ogg file of something else", async () => {
  const bytes = withPage(vorbis, 0, (page) => page.write("\x80theora", 28, "latin1"));
  await expect(decodeAudio(bytes)).rejects.toMatchObject({ message: /without Vorbis, Opus or FLAC/ });
});
