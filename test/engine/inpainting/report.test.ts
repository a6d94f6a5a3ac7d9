import { expect, test } from "vitest";
import { tempoHint } from "../../../src/engine/inpainting/tempo.js";
import { beatLoop, run, wavFile } from "./fixtures.js";

const bytes = wavFile(beatLoop({ seconds: 12, channelCount: 1 }));

test("reports monotone progress from decoding to done", async () => {
  const { log } = await run({ bytes });
  const progress = log.map((entry) => entry.progress);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBe(1);
  expect(progress.every((value) => value >= 0 && value <= 1)).toBe(true);
  expect(log.map(({ message }) => message).join("\n")).toMatch(/decoded.*mask.*features.*tempo.*encoded.*done/s);
});

test("says that prompt and guidance_scale are not used", async () => {
  const { log } = await run({ bytes, prompt: "sad violins", guidanceScale: 20 });
  const plain = await run({ bytes });
  const withPrompt = await run({ bytes, prompt: "sad violins", guidanceScale: 20 });
  expect(log.some(({ message }) => message.includes("prompt and guidance_scale are not used"))).toBe(true);
  expect(Buffer.compare(plain.wav, withPrompt.wav)).toBe(0);
});

test("takes an explicit tempo from the prompt as a hint", async () => {
  const half = await run({ bytes, prompt: "house, 60 bpm" });
  expect(half.log.some(({ message }) => message.includes("the tempo in the prompt (60 bpm)"))).toBe(true);
  expect(half.log.find(({ message }) => message.startsWith("tempo"))?.message).toMatch(/tempo (59\.[5-9]|60\.[0-5])/);
});

test.each([
  ["at 96 BPM, warm", 96],
  ["118bpm", 118],
  ["128.5 bpm techno", 128.5],
  ["a song of 1999", null],
  ["9999 bpm", null],
  ["", null],
])("reads the tempo of %j as %j", (prompt, expected) => {
  expect(tempoHint(prompt)).toBe(expected);
});
