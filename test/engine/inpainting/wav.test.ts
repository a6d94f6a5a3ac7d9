import { expect, test } from "vitest";
import { decodeWav } from "../../../src/engine/inpainting/wav.js";
import { encodeWav } from "../../../src/engine/inpainting/wav-writer.js";
import { type Depth, noise, wavFile } from "./fixtures.js";

test.each(["int16", "int24", "int32", "float32", "float64"] as Depth[])(
  "writes back the very %s file it read",
  (depth) => {
    const channels = noise(30_000, 2).map((channel) => Float64Array.from(channel, (v) => v * 2));
    const file = wavFile(channels, { depth });
    const { channels: decoded, sampleRate, encoding } = decodeWav(file);
    expect(Buffer.compare(encodeWav(decoded, sampleRate, encoding), file)).toBe(0);
  },
);

test("pads an odd number of data bytes to the even length RIFF asks for", () => {
  const file = encodeWav([new Float32Array(3)], 22_050, "int24");
  expect(file).toHaveLength(44 + 10);
  expect(new DataView(file.buffer).getUint32(4, true)).toBe(file.length - 8);
  expect(new DataView(file.buffer).getUint32(40, true)).toBe(9);
});

test("clamps what is beyond full scale", () => {
  const file = encodeWav([Float32Array.of(1.5, -1.5, 1, -1)], 22_050, "int16");
  expect([...new Int16Array(file.buffer, 44)]).toEqual([32_767, -32_768, 32_767, -32_768]);
});

test("skips chunks it does not know, odd ones with their padding", () => {
  const file = wavFile(noise(30_000, 1));
  const junk = Buffer.from("LIST\x03\0\0\0abc\0", "latin1");
  const longer = Buffer.concat([file.subarray(0, 12), junk, file.subarray(12)]);
  expect(decodeWav(longer).channels).toEqual(decodeWav(file).channels);
});

test("reads to the end of a stream whose length was not known", () => {
  const file = wavFile(noise(30_000, 1));
  new DataView(file.buffer, file.byteOffset).setUint32(40, 0xffffffff, true);
  const audio = decodeWav(file);
  expect(audio.channels[0]).toHaveLength(30_000);
  expect(audio.warnings).toEqual([]);
});
