import { expect, test } from "vitest";
import { AudioError } from "../../../src/engine/inpainting/audio-error.js";
import type { InpaintTask } from "../../../src/engine/inpainting/inpaint.js";
import { createRandom } from "../../../src/engine/inpainting/random.js";
import { beatLoop, noise, parseWav, run, wavFile } from "./fixtures.js";
import { mp3File } from "./mp3-fixture.js";

const clip = wavFile(beatLoop({ seconds: 10, channelCount: 1 }));

/** The refusal a task meets; fails the test when there is none, or when it is a bug rather than an AudioError. */
async function refusal(task: Partial<InpaintTask> & Pick<InpaintTask, "bytes">): Promise<AudioError> {
  const outcome = await run(task).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(AudioError);
  return outcome as AudioError;
}

const text = (value: string) => new TextEncoder().encode(value);
const ascii = (value: string) => new Uint8Array(Buffer.from(value.padEnd(400, "\0"), "latin1"));

function randomBytes(length: number, seed: bigint): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

test.each([
  ["nothing at all", new Uint8Array(0), /empty/],
  ["a web page", text("<!DOCTYPE html><html><title>404</title>"), /web page/],
  ["text named .mp3", text("this is not the song you are looking for ".repeat(200)), /text/],
  ["random bytes", randomBytes(200_000, 3n), /not in any audio format/],
  ["a bare FLAC header", ascii("fLaC"), /FLAC/],
  ["a bare Ogg Vorbis page", ascii("OggS\0\0\0\0\x01vorbis"), /Vorbis/],
  ["a bare Ogg Opus page", ascii("OggS\0\0\0\0OpusHead"), /Opus/],
  ["a bare Ogg FLAC page", ascii("OggS\0\0\0\0\x7fFLAC"), /Ogg FLAC/],
  ["Ogg of something else", ascii("OggS\0\0\0\0\x80theora"), /Ogg/],
  ["a bare AIFF header", ascii("FORM\0\0\0\0AIFF"), /AIFF/],
  ["M4A", ascii("\0\0\0\x20ftypM4A "), /M4A/],
  ["raw AAC", ascii("\xff\xf1\x50\x80"), /AAC/],
  ["WebM", ascii("\x1a\x45\xdf\xa3"), /WebM/],
  ["a bare RIFF header", ascii("RIFF\0\0\0\0WAVE"), /damaged/],
])("refuses %s by name", async (_name, bytes, message) => {
  const error = await refusal({ bytes });
  expect(error.type).toBe("unsupported_audio_format");
  expect(error.loc).toEqual(["body", "audio_url"]);
  expect(error.message).toMatch(message);
  expect(error.ctx.supported_formats).toEqual(["wav", "aiff", "flac", "mp3", "ogg-vorbis", "ogg-opus", "ogg-flac"]);
});

test.each([
  ["65535 channels", 22, 65_535, /channels/],
  ["no channels", 22, 0, /channels/],
  ["a rate of 3 Hz", 24, 3, /sample rate/],
  ["a block size that contradicts its depth", 32, 7, /uncompressed/],
  ["a compressed codec", 20, 2, /uncompressed/],
])("refuses a WAV header that claims %s", async (_claim, offset, value, message) => {
  const bytes = clip.slice();
  new DataView(bytes.buffer).setUint16(offset, value, true);
  if (offset === 24) new DataView(bytes.buffer).setUint16(26, 0, true);
  expect((await refusal({ bytes })).message).toMatch(message);
});

test("uses a WAV file that ends early, with a warning", async () => {
  const result = await run({ bytes: clip.slice(0, Math.floor(clip.length * 0.8)) });
  expect(result.durationSeconds).toBeCloseTo(8, 1);
  expect(result.log).toContainEqual(
    expect.objectContaining({ level: "WARN", message: expect.stringContaining("early") }),
  );
});

test("checks the mask against what is really there", async () => {
  const error = await refusal({ bytes: clip.slice(0, clip.length / 4), maskStartSeconds: 4, maskEndSeconds: 6 });
  expect(error).toMatchObject({ type: "less_than", loc: ["body", "mask_start"] });
});

test("replaces samples that are not numbers by silence, with a warning", async () => {
  const [channel = new Float32Array(0)] = beatLoop({ seconds: 10, channelCount: 1 });
  channel.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 1000);
  const result = await run({ bytes: wavFile([channel], { depth: "float32" }) });
  const [output = new Float64Array(0)] = parseWav(result.wav).channels;
  expect([...output.subarray(1000, 1003)]).toEqual([0, 0, 0]);
  expect(output.every(Number.isFinite)).toBe(true);
  expect(result.log.filter(({ level }) => level === "WARN")[0]?.message).toMatch(/3 samples/);
});

test("survives samples of absurd size", async () => {
  const [channel = new Float32Array(0)] = beatLoop({ seconds: 10, channelCount: 1 });
  channel.fill(3e38, 2000, 3000);
  const result = await run({ bytes: wavFile([channel], { depth: "float32" }) });
  expect(parseWav(result.wav).channels[0]?.every(Number.isFinite)).toBe(true);
});

test.each([
  ["too short a clip", wavFile(noise(5000, 1)), "audio_duration_too_short"],
  ["no samples", wavFile([new Float32Array(0)]), "audio_duration_too_short"],
  [
    "too long a clip",
    wavFile([new Uint8Array(8000 * 601)], { sampleRate: 8000, depth: "int8" }),
    "audio_duration_too_long",
  ],
])("refuses %s", async (_case, bytes, type) => {
  const error = await refusal({ bytes, maskStartSeconds: 0, maskEndSeconds: 0.2 });
  expect(error).toMatchObject({ type, loc: ["body", "audio_url"] });
  expect(error.ctx).toHaveProperty("provided_duration");
});

test.each([
  ["start at the end", { maskStartSeconds: 10, maskEndSeconds: 12 }, "less_than", "mask_start"],
  ["start below zero", { maskStartSeconds: -1, maskEndSeconds: 2 }, "greater_than_equal", "mask_start"],
  ["end at the start", { maskStartSeconds: 4, maskEndSeconds: 4 }, "greater_than", "mask_end"],
  ["start that is no number", { maskStartSeconds: Number.NaN }, "value_error", "mask_start"],
  ["end that is no number", { maskEndSeconds: Number.NaN }, "value_error", "mask_end"],
  ["cover of the whole clip", { maskStartSeconds: 0, maskEndSeconds: 10 }, "value_error", "mask_end"],
  [
    "end before the new total",
    { maskStartSeconds: 8, maskEndSeconds: 15, totalSeconds: 20 },
    "value_error",
    "mask_end",
  ],
  ["start after the clip", { maskStartSeconds: 12, maskEndSeconds: 20, totalSeconds: 20 }, "value_error", "mask_end"],
  ["start after a trim", { maskStartSeconds: 6, maskEndSeconds: 8, totalSeconds: 5 }, "less_than", "mask_start"],
  ["total of zero", { totalSeconds: 0 }, "greater_than", "seconds_total"],
  ["total beyond the limit", { totalSeconds: 601, maskEndSeconds: 601 }, "less_than_equal", "seconds_total"],
])("refuses a mask with %s", async (_case, task, type, field) => {
  expect(await refusal({ bytes: clip, ...task })).toMatchObject({ type, loc: ["body", field] });
});

test("survives damage anywhere in a file: a result or an AudioError, nothing else", async () => {
  const originals = [
    wavFile(beatLoop({ seconds: 3, channelCount: 1, sampleRate: 8000 })),
    await mp3File(beatLoop({ seconds: 3, sampleRate: 22_050, channelCount: 1 }), 22_050),
  ];
  const random = createRandom(11n);
  for (let trial = 0; trial < 24; trial++) {
    const bytes = (originals[trial % 2] as Uint8Array).slice();
    const reach = trial % 4 < 2 ? 60 : bytes.length;
    for (let i = 0; i < 12; i++) bytes[Math.floor(random() * reach)] = Math.floor(random() * 256);
    const cut = random() < 0.3 ? Math.floor(random() * bytes.length) : bytes.length;
    const task = { bytes: bytes.slice(0, cut), maskStartSeconds: 1, maskEndSeconds: 2 };
    const outcome = await run(task).catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toBeInstanceOf(AudioError);
  }
});
