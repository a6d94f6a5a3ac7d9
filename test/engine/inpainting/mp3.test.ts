import { expect, test } from "vitest";
import { decodeAudio } from "../../../src/engine/inpainting/decode.js";
import { beatLoop, parseWav, rms, run } from "./fixtures.js";
import { mp3File } from "./mp3-fixture.js";

test.each([1, 2])("decodes a %i-channel MP3 at its own rate", async (channelCount) => {
  const source = beatLoop({ seconds: 5, sampleRate: 22_050, channelCount });
  const audio = await decodeAudio(await mp3File(source, 22_050));
  expect(audio).toMatchObject({ format: "mp3", sampleRate: 22_050, encoding: "lossy", warnings: [] });
  expect(audio.channels).toHaveLength(channelCount);
  const seconds = (audio.channels[0] as Float32Array).length / 22_050;
  expect(Math.abs(seconds - 5)).toBeLessThan(0.1);
  const loudness = rms(audio.channels[0] as Float32Array, 0, 100_000) / rms(source[0] as Float32Array, 0, 100_000);
  expect(Math.abs(loudness - 1)).toBeLessThan(0.1);
});

test("keeps every decoded MP3 sample outside the mask, rounded once to 16 bit", async () => {
  const bytes = await mp3File(beatLoop({ seconds: 5, sampleRate: 44_100 }), 44_100);
  const decoded = await decodeAudio(bytes);
  const result = await run({ bytes, maskStartSeconds: 2, maskEndSeconds: 3 });
  const { raw, bits } = parseWav(result.wav);
  expect(bits).toBe(16);
  expect(result.format).toBe("mp3");
  raw.forEach((samples, channel) => {
    const outside = [...samples.keys()].filter((n) => n < 2 * 44_100 || n >= 3 * 44_100);
    const source = decoded.channels[channel] as Float32Array;
    expect(outside.every((n) => samples[n] === Math.round((source[n] as number) * 32768))).toBe(true);
  });
});

test("uses an MP3 that ends early, with a warning", async () => {
  const bytes = await mp3File(beatLoop({ seconds: 10, sampleRate: 22_050, channelCount: 1 }), 22_050);
  const result = await run({ bytes: bytes.slice(0, Math.floor(bytes.length * 0.8) + 3) });
  expect(result.durationSeconds).toBeGreaterThan(7);
  expect(result.log.filter(({ level }) => level === "WARN")[0]?.message).toMatch(/ends inside a frame/);
});

test("skips an ID3 tag in front of the sound", async () => {
  const mp3 = await mp3File(beatLoop({ seconds: 3, sampleRate: 22_050, channelCount: 1 }), 22_050);
  const tag = new Uint8Array(10 + 5000);
  tag.set([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 5000 >> 7, 5000 & 127]);
  const audio = await decodeAudio(new Uint8Array(Buffer.concat([tag, mp3])));
  expect(audio.format).toBe("mp3");
  expect((audio.channels[0] as Float32Array).length / 22_050).toBeGreaterThan(2.9);
});
