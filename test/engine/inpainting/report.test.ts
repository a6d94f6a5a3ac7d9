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

test("writes no line twice, however often it searches: lines of one moment are told apart by their text alone", async () => {
  const { log } = await run({
    bytes: wavFile(beatLoop({ seconds: 3, channelCount: 1 })),
    maskStartSeconds: 0,
    maskEndSeconds: 2,
  });
  const lines = log.map(({ message }) => message);
  expect(lines.filter((line) => line.startsWith("compared")).length).toBeGreaterThan(1);
  expect(new Set(lines).size).toBe(lines.length);
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

test("builds as many plans as the search effort asks for at most, and tells how many it found", async () => {
  for (const searchEffort of [1, 8]) {
    const { log } = await run({ bytes, searchEffort });
    const found = log.map(({ message }) => /search effort (\d) .* found (\d) plan/.exec(message)).find(Boolean);
    expect(Number(found?.[1])).toBe(searchEffort);
    expect(Number(found?.[2])).toBeGreaterThanOrEqual(1);
    expect(Number(found?.[2])).toBeLessThanOrEqual(searchEffort);
  }
});

test("does not repeat itself where there is other material, and tells how much is heard twice where there is not", async () => {
  const plenty = await run({
    bytes: wavFile(beatLoop({ seconds: 40, channelCount: 1 })),
    maskStartSeconds: 10,
    maskEndSeconds: 22,
  });
  expect(plenty.repeatedSeconds).toBeLessThan(1.2);
  const little = await run({ bytes, maskStartSeconds: 1, maskEndSeconds: 11 });
  expect(little.repeatedSeconds).toBeGreaterThan(7.9);
  expect(little.log.some(({ message }) => message.includes(`${little.repeatedSeconds.toFixed(1)} s of it twice`))).toBe(
    true,
  );
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
