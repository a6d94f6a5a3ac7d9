import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { FileBytes } from "../../src/engine/file-bytes.js";
import { decodeAudio } from "../../src/engine/inpainting/decode.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { aiffFile } from "./inpainting/aiff-fixture.js";
import { noise, wavFile } from "./inpainting/fixtures.js";

/** More than is read at once. */
const SIZE = 700_000;

async function onDisk(bytes: Uint8Array): Promise<FileBytes> {
  const path = join(await temporaryFolder(), "file");
  await writeFile(path, bytes);
  return new FileBytes(path);
}

it("gives any piece of a file, in any order, as the file in memory does", async () => {
  const bytes = Uint8Array.from({ length: SIZE }, (_, n) => (n * n) >> 5);
  const file = await onDisk(bytes);
  const position = fc.nat(SIZE + 1_000);
  fc.assert(
    fc.property(fc.array(fc.tuple(position, position), { maxLength: 20 }), (pieces) => {
      for (const [start, end] of pieces) {
        expect(Buffer.compare(file.subarray(start, end), bytes.subarray(start, end))).toBe(0);
      }
    }),
  );
  file.close();
});

it.each([
  ["WAV", wavFile(noise(120_000, 2), { depth: "int24" })],
  ["AIFF", aiffFile(noise(120_000, 2), { bits: 32, codec: "NONE" })],
])("decodes a %s read piece by piece as it does one in memory", async (_name, bytes) => {
  const file = await onDisk(bytes);
  expect(await decodeAudio(file)).toEqual(await decodeAudio(bytes));
  file.close();
});

it("says so when a file becomes shorter while it is read", async () => {
  const path = join(await temporaryFolder(), "file");
  await writeFile(path, new Uint8Array(SIZE));
  const file = new FileBytes(path);
  await writeFile(path, new Uint8Array(10));
  expect(() => file.subarray(0, 100)).toThrow("shorter");
  file.close();
});
