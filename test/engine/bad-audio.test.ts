import { expect, it } from "vitest";
import { startEngine, wavClip, wavDataUri } from "./engine-testkit.js";
import { beatLoop, noise, wavFile } from "./inpainting/fixtures.js";
import { mp3File } from "./inpainting/mp3-fixture.js";

function dataUri(bytes: Uint8Array | string, mediaType = "audio/mpeg"): string {
  return `data:${mediaType};base64,${Buffer.from(bytes).toString("base64")}`;
}

const MASK = { prompt: "p", mask_start: 2, mask_end: 4 };
const PAGE = "<!doctype html><title>Not found</title>".repeat(50);

const mp3 = await mp3File(beatLoop({ seconds: 6, sampleRate: 22_050, channelCount: 1 }), 22_050);
const rotten = mp3.map((byte, n) => (n > 400 ? (n * 2_654_435_761) >>> 24 : byte));
const tooLong = wavFile([new Uint8Array(8_000 * 601)], { sampleRate: 8_000, depth: "int8" });
const tooShort = wavFile(noise(4_000, 1), { sampleRate: 8_000 });

it.each([
  ["a page named as audio", { ...MASK, audio_url: dataUri(PAGE) }, "unsupported_audio_format", "audio_url"],
  ["a text", { ...MASK, audio_url: dataUri("just words") }, "unsupported_audio_format", "audio_url"],
  ["a file damaged beyond use", { ...MASK, audio_url: dataUri(rotten) }, "unsupported_audio_format", "audio_url"],
  ["a clip of half a second", { ...MASK, audio_url: dataUri(tooShort) }, "audio_duration_too_short", "audio_url"],
  ["a clip of 601 s", { ...MASK, audio_url: dataUri(tooLong) }, "audio_duration_too_long", "audio_url"],
  ["an M4A file", { ...MASK, audio_url: dataUri("\0\0\0 ftypM4A ") }, "unsupported_audio_format", "audio_url"],
  ["an empty file", { ...MASK, audio_url: "data:audio/wav;base64," }, "file_download_error", "audio_url"],
  ["a WAV without sound", { ...MASK, audio_url: dataUri(wavClip(0)) }, "audio_duration_too_short", "audio_url"],
  ["another scheme", { ...MASK, audio_url: "ftp://x.example/a.wav" }, "file_download_error", "audio_url"],
  [
    "a mask beyond the clip",
    { ...MASK, audio_url: wavDataUri(8), mask_start: 20, mask_end: 30 },
    "less_than",
    "mask_start",
  ],
  [
    "a mask over all of it",
    { ...MASK, audio_url: wavDataUri(8), mask_start: 0, mask_end: 8 },
    "value_error",
    "mask_end",
  ],
  ["a mask the wrong way round", { ...MASK, audio_url: wavDataUri(8), mask_start: 5 }, "greater_than", "mask_end"],
])("tells %s by fal's 422, and goes on", async (_name, input, type, field) => {
  const engine = await startEngine({ workerEntry: undefined });
  const id = await engine.submit(input);
  await engine.completed(id);
  const result = await engine.result(id);
  expect(result.status).toBe(422);
  const { detail } = (await result.json()) as { detail: { type: string; loc: string[]; msg: string }[] };
  expect(detail).toHaveLength(1);
  expect(detail[0]?.loc[0]).toBe("body");
  expect([detail[0]?.loc[1], detail[0]?.type]).toEqual([field, type]);
  const next = await engine.submit({ ...MASK, audio_url: wavDataUri(8) });
  await engine.completed(next);
  expect((await engine.result(next)).status).toBe(200);
});

const notNumbers = beatLoop({ seconds: 8, sampleRate: 8_000, channelCount: 1 }).map((samples) =>
  samples.map((value, n) => (n >= 1_000 && n < 1_003 ? Number.NaN : value)),
);

const WARNED: [name: string, bytes: Uint8Array, mask: object, words: RegExp][] = [
  ["a file that ends early", wavClip(8).slice(0, 100_000), {}, /ends 28044 bytes early/],
  [
    "samples that are no numbers",
    wavFile(notNumbers, { sampleRate: 8_000, depth: "float32" }),
    {},
    /3 samples were not finite/,
  ],
  [
    "a clip with nothing similar to what is missing",
    wavClip(8.2),
    { mask_start: 0, mask_end: 8 },
    /nothing similar found/,
  ],
];

it.each(WARNED)("uses %s, and warns", async (_name, bytes, mask, words) => {
  const engine = await startEngine({ workerEntry: undefined });
  const id = await engine.submit({ ...MASK, ...mask, audio_url: dataUri(bytes) });
  await engine.completed(id);
  const { logs } = await engine.status(id);
  expect((await engine.result(id)).status).toBe(200);
  const warnings = (logs ?? []).filter(({ level }) => level === "WARN");
  expect(warnings.map(({ message }) => message).join("\n")).toMatch(words);
});
