import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createOggEncoder } from "wasm-media-encoders";
import { type ByteSource, base64Source, memorySource } from "../../../src/services/preflight/byte-source.js";
import { readClipLength } from "../../../src/services/preflight/clip-length.js";
import { makeWav } from "../../support/wav-fixture.js";

const clip = () => readFile(new URL("../../../examples/clip.mp3", import.meta.url));

async function oggFile(seconds: number): Promise<Uint8Array> {
  const encoder = await createOggEncoder();
  encoder.configure({ sampleRate: 44_100, channels: 1, vbrQuality: 3 });
  const samples = Float32Array.from({ length: seconds * 44_100 }, (_, index) => 0.4 * Math.sin(index / 16));
  const body = encoder.encode([samples]).slice();
  return Buffer.concat([body, encoder.finalize().slice()]);
}

/** A FLAC file's first block (RFC 9639, section 8.2) and nothing else. */
function flacHead(seconds: number): Buffer {
  const file = Buffer.alloc(4 + 4 + 34 + 1_000);
  file.write("fLaC");
  // The last metadata block, of 34 bytes.
  file.writeUInt32BE(0x80_00_00_22, 4);
  file.writeUInt16BE(4_096, 8);
  file.writeUInt16BE(4_096, 10);
  // 20 bits of sample rate, 3 of channels less one, 5 of sample size less one, 36 of samples.
  file.writeBigUInt64BE((44_100n << 44n) | (1n << 41n) | (15n << 36n) | BigInt(seconds * 44_100), 18);
  return file;
}

const secondsOf = async (bytes: Uint8Array) => (await readClipLength(memorySource(bytes)))?.seconds ?? null;

describe("how long a clip is", () => {
  it("is told by a WAV's header, without reading the rest", async () => {
    const bytes = makeWav({ seconds: 12.3 });
    let read = 0;
    const counted: ByteSource = {
      sizeBytes: bytes.byteLength,
      read: async (start, end) => {
        read += end - start;
        return bytes.subarray(start, end);
      },
    };

    expect(await readClipLength(counted)).toEqual({ seconds: 12.3, paddingSeconds: 0 });
    expect(read).toBeLessThan(10_000);
  });

  it("is told by the pages of an Ogg file and by the header of a FLAC file", async () => {
    expect(await secondsOf(await oggFile(7))).toBeCloseTo(7, 3);
    expect(await secondsOf(flacHead(61))).toBe(61);
  });

  it("is reckoned for an MP3 without such a header, whose bit rate is the same everywhere", async () => {
    expect(await readClipLength(memorySource(await clip()))).toEqual({
      seconds: expect.closeTo(36.7, 1),
      paddingSeconds: 0.1,
    });
  });

  it("is unknown when the bit rate of such an MP3 changes", async () => {
    const bytes = await clip();
    const at = bytes.indexOf(Buffer.from([0xff, 0xfb, 0xa0]), bytes.byteLength / 2);
    expect(at).toBeGreaterThan(0);
    // From the middle on every frame says 192 instead of 160 kbit/s.
    const changed = Buffer.from(bytes);
    for (let offset = at; offset >= 0; offset = changed.indexOf(Buffer.from([0xff, 0xfb, 0xa0]), offset + 1)) {
      changed[offset + 2] = 0xb0;
    }

    expect(await secondsOf(changed)).toBeNull();
  });

  it("is what a WAV holds, where its header claims more, and unknown where it claims nothing", async () => {
    expect(await secondsOf(makeWav({ seconds: 4, claimedDataBytes: 400_000_000 }))).toBe(4);
    expect(await secondsOf(makeWav({ seconds: 4, claimedDataBytes: 0 }))).toBeNull();
    expect(await secondsOf(makeWav({ seconds: 0 }))).toBeNull();
  });

  it("is the same when it is read from base64", async () => {
    const bytes = makeWav({ seconds: 5 });
    const source = base64Source({ base64: bytes.toString("base64"), sizeBytes: bytes.byteLength });

    for (const [start, end] of [
      [0, 1],
      [1, 7],
      [5, 6],
      [100, 1_003],
      [bytes.byteLength - 1, bytes.byteLength],
    ] as const) {
      expect(Buffer.from(await source.read(start, end))).toEqual(bytes.subarray(start, end));
    }
    expect(await readClipLength(source)).toEqual({ seconds: 5, paddingSeconds: 0 });
  });

  it.each<[string, () => Uint8Array]>([
    ["text", () => Buffer.from("words, no music. ".repeat(999))],
    ["noughts", () => new Uint8Array(100_000)],
    ["four bytes", () => Buffer.from("RIFF")],
    ["a file of nothing but beginnings of frames", () => Buffer.alloc(3_000_000, Buffer.from([0xff, 0xfb, 0xf0]))],
    [
      "an endless chain of chunks",
      () => Buffer.concat([makeWav({ seconds: 0 }).subarray(0, 36), Buffer.alloc(900_000)]),
    ],
  ])("is not told by %s, and that comes soon", async (_name, bytes) => {
    const startedAt = performance.now();

    const length = await readClipLength(memorySource(bytes())).catch(() => null);

    expect(length).toBeNull();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
