import { describe, expect, test } from "vitest";
import { AudioError } from "../../../src/engine/inpainting/audio-error.js";
import { decodeAudio } from "../../../src/engine/inpainting/decode.js";
import { createRandom } from "../../../src/engine/inpainting/random.js";
import { aiffFile } from "./aiff-fixture.js";
import { beatLoop, wavFile } from "./fixtures.js";
import { flacFile, oggFlacFile } from "./flac-fixture.js";
import { mp3File } from "./mp3-fixture.js";
import { opusFile, vorbisFile } from "./ogg-fixture.js";

type Make = (channels: Float32Array[], sampleRate: number) => Uint8Array | Promise<Uint8Array>;

const FORMATS: [format: string, make: Make][] = [
  ["wav", (channels, sampleRate) => wavFile(channels, { sampleRate })],
  ["aiff", (channels, sampleRate) => aiffFile(channels, { sampleRate })],
  ["flac", (channels, sampleRate) => flacFile(channels, { sampleRate })],
  ["ogg-flac", (channels, sampleRate) => oggFlacFile(channels, { sampleRate })],
  ["mp3", (channels, sampleRate) => mp3File(channels, sampleRate)],
  ["ogg-vorbis", (channels, sampleRate) => vorbisFile(channels, sampleRate)],
  ["ogg-opus", (channels, sampleRate) => opusFile((channels[0]?.length ?? 0) / sampleRate)],
];

const refusalOf = (bytes: Uint8Array): Promise<AudioError> =>
  decodeAudio(bytes).then(
    () => expect.fail("was not refused"),
    (error: unknown) => {
      expect(error).toBeInstanceOf(AudioError);
      return error as AudioError;
    },
  );

describe.each(FORMATS)("%s", (format, make) => {
  const clip = () => make(beatLoop({ seconds: 4, sampleRate: 16_000 }), 16_000);

  test("is known by its content and used without a warning", async () => {
    const audio = await decodeAudio(await clip());
    expect(audio).toMatchObject({ format, warnings: [] });
    expect((audio.channels[0]?.length as number) / audio.sampleRate).toBeCloseTo(4, 0);
  });

  test("is refused below a second", async () => {
    const error = await refusalOf(await make([new Float32Array(8_000)], 16_000));
    expect(error).toMatchObject({ type: "audio_duration_too_short", loc: ["body", "audio_url"] });
    expect(error.ctx.provided_duration).toBeCloseTo(0.5, 0);
  });

  test("is refused above 600 s", async () => {
    const error = await refusalOf(await make([new Float32Array(8_000 * 602)], 8_000));
    expect(error).toMatchObject({ type: "audio_duration_too_long", loc: ["body", "audio_url"] });
    expect(error.ctx).toMatchObject({ max_duration: 600 });
  });

  test("is used with a warning when it ends early", async () => {
    const bytes = await clip();
    const audio = await decodeAudio(bytes.slice(0, bytes.length * 0.7 - 1));
    expect(audio.warnings.join()).toMatch(/ends .*early|ends inside/);
    const seconds = (audio.channels[0]?.length as number) / audio.sampleRate;
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(3.9);
  });

  test("is refused when nothing but its first bytes is there", async () => {
    expect((await refusalOf((await clip()).slice(0, 30))).loc).toEqual(["body", "audio_url"]);
  });
});

// Uncompressed samples can't be told from noise, those of all other formats can.
test.each(FORMATS.slice(2))("refuses a %s file of which only the beginning is what it says", async (_format, make) => {
  const random = createRandom(3n);
  const clip = await make(beatLoop({ seconds: 4, sampleRate: 16_000 }), 16_000);
  const bytes = clip.map((byte, n) => (n < 60 ? byte : Math.floor(random() * 256)));
  expect(await refusalOf(bytes)).toMatchObject({ type: "unsupported_audio_format", loc: ["body", "audio_url"] });
});

test.each(["float32", "float64"] as const)(
  "silences what is no number in a %s WAV and tells how much",
  async (depth) => {
    const [channel = new Float32Array(0)] = beatLoop({ seconds: 2, channelCount: 1 });
    channel.set([Number.NaN, Number.POSITIVE_INFINITY], 1000);
    const audio = await decodeAudio(wavFile([channel], { depth }));
    expect(audio.warnings).toEqual([expect.stringContaining("2 samples were not finite")]);
    expect(audio.channels[0]?.every(Number.isFinite)).toBe(true);
  },
);

test.each(["fl32", "fl64"] as const)("silences what is no number in an %s AIFF-C and tells how much", async (codec) => {
  const [channel = new Float32Array(0)] = beatLoop({ seconds: 2, channelCount: 1 });
  channel.set([Number.NaN, Number.NEGATIVE_INFINITY], 1000);
  const audio = await decodeAudio(aiffFile([channel], { codec, bits: codec === "fl32" ? 32 : 64 }));
  expect(audio.warnings).toEqual([expect.stringContaining("2 samples were not finite")]);
  expect(audio.channels[0]?.every(Number.isFinite)).toBe(true);
});
