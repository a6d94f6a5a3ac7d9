import { expect, it } from "vitest";
import { startEngine, wavClip, wavDataUri } from "./engine-testkit.js";

function dataUri(bytes: Uint8Array | string, mediaType = "audio/mpeg"): string {
  return `data:${mediaType};base64,${Buffer.from(bytes).toString("base64")}`;
}

const MASK = { prompt: "p", mask_start: 2, mask_end: 4 };
const PAGE = "<!doctype html><title>Not found</title>".repeat(50);

it.each([
  ["a page named as audio", { ...MASK, audio_url: dataUri(PAGE) }, "unsupported_audio_format", "audio_url"],
  ["a text", { ...MASK, audio_url: dataUri("just words") }, "unsupported_audio_format", "audio_url"],
  ["an empty file", { ...MASK, audio_url: "data:audio/wav;base64," }, "file_download_error", "audio_url"],
  ["a WAV without sound", { ...MASK, audio_url: dataUri(wavClip(0)) }, "audio_duration_too_short", "audio_url"],
  ["another scheme", { ...MASK, audio_url: "ftp://x.example/a.wav" }, "file_download_error", "audio_url"],
  ["a mask beyond the clip", { ...MASK, audio_url: wavDataUri(8), mask_start: 20, mask_end: 30 }, null, "mask_start"],
  ["a mask over all of it", { ...MASK, audio_url: wavDataUri(8), mask_start: 0, mask_end: 8 }, null, "mask_end"],
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
  expect([detail[0]?.loc[1], detail[0]?.type]).toEqual([field, type ?? detail[0]?.type]);
  const next = await engine.submit({ ...MASK, audio_url: wavDataUri(8) });
  await engine.completed(next);
  expect((await engine.result(next)).status).toBe(200);
});
