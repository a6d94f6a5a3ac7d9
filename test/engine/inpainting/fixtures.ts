import type { InpaintTask } from "../../../src/engine/inpainting/inpaint.js";
import { type InpaintResult, inpaint } from "../../../src/engine/inpainting/inpaint.js";
import { createRandom } from "../../../src/engine/inpainting/random.js";

export const NOTES = [220, 261.63, 329.63, 392] as const;

export interface LoopOptions {
  seconds: number;
  sampleRate?: number;
  channelCount?: number;
  beatsPerMinute?: number;
  seed?: bigint;
}

/** A drum and chord loop: a kick on each beat, a hat between, four chords of two beats; lightly noisy, seeded. */
export function beatLoop(options: LoopOptions): Float32Array[] {
  const { seconds, sampleRate = 11_025, channelCount = 2, beatsPerMinute = 120, seed = 1n } = options;
  const random = createRandom(seed);
  const beat = (60 / beatsPerMinute) * sampleRate;
  const length = Math.round(seconds * sampleRate);
  return Array.from({ length: channelCount }, (_, channel) =>
    Float32Array.from({ length }, (_unused, n) => {
      const inBeat = (n % beat) / sampleRate;
      const inHat = ((n + beat / 2) % beat) / sampleRate;
      const chord = Math.floor(n / (2 * beat)) % 4;
      const note = (NOTES[chord] as number) * (channel === 0 ? 1 : 1.5);
      const kick = 0.4 * Math.exp(-inBeat / 0.05) * Math.sin(2 * Math.PI * 70 * inBeat);
      const hat = 0.15 * Math.exp(-inHat / 0.02) * (random() - 0.5);
      const tone = 0.12 * Math.sin((2 * Math.PI * note * n) / sampleRate) * Math.exp(-(n % (2 * beat)) / sampleRate);
      return kick + hat + tone + 0.002 * (random() - 0.5);
    }),
  );
}

export function noise(length: number, channelCount: number, seed = 5n, level = 0.5): Float32Array[] {
  const random = createRandom(seed);
  return Array.from({ length: channelCount }, () => Float32Array.from({ length }, () => level * (2 * random() - 1)));
}

export type Depth = "int8" | "int16" | "int24" | "int32" | "float32" | "float64";

const BITS: Readonly<Record<Depth, number>> = { int8: 8, int16: 16, int24: 24, int32: 32, float32: 32, float64: 64 };

export interface WavOptions {
  depth?: Depth;
  sampleRate?: number;
  extensible?: boolean;
}

/** A WAV file built without the engine's own writer, so that neither can hide the other's mistake. */
export function wavFile(channels: readonly ArrayLike<number>[], options: WavOptions = {}): Uint8Array {
  const { depth = "int16", sampleRate = 11_025, extensible = false } = options;
  const sampleBytes = BITS[depth] / 8;
  const frameCount = channels[0]?.length ?? 0;
  const blockBytes = sampleBytes * channels.length;
  const formatBytes = extensible ? 40 : 16;
  const file = Buffer.alloc(28 + formatBytes + frameCount * blockBytes);
  const tag = depth.startsWith("float") ? 3 : 1;
  file.write("RIFF", 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(formatBytes, 16);
  file.writeUInt16LE(extensible ? 0xfffe : tag, 20);
  file.writeUInt16LE(channels.length, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * blockBytes, 28);
  file.writeUInt16LE(blockBytes, 32);
  file.writeUInt16LE(BITS[depth], 34);
  if (extensible) {
    file.writeUInt16LE(22, 36);
    file.writeUInt16LE(BITS[depth], 38);
    file.writeUInt32LE(3, 40);
    file.writeUInt16LE(tag, 44);
    Buffer.from("000000001000800000aa00389b71", "hex").copy(file, 46);
  }
  file.write("data", 20 + formatBytes);
  file.writeUInt32LE(frameCount * blockBytes, 24 + formatBytes);
  let offset = 28 + formatBytes;
  for (let n = 0; n < frameCount; n++) {
    for (const channel of channels) {
      writeSample(file, offset, channel[n] ?? 0, depth);
      offset += sampleBytes;
    }
  }
  return new Uint8Array(file.buffer, file.byteOffset, file.length);
}

function writeSample(file: Buffer, offset: number, value: number, depth: Depth): void {
  if (depth === "float32") file.writeFloatLE(value, offset);
  else if (depth === "float64") file.writeDoubleLE(value, offset);
  else if (depth === "int8") file.writeUInt8(128 + Math.max(-128, Math.min(127, Math.round(value * 128))), offset);
  else {
    const scale = 2 ** (BITS[depth] - 1);
    file.writeIntLE(Math.max(-scale, Math.min(scale - 1, Math.round(value * scale))), offset, BITS[depth] / 8);
  }
}

export interface ParsedWav {
  channels: Float64Array[];
  /** Stored integers, or the floats themselves. */
  raw: Float64Array[];
  sampleRate: number;
  bits: number;
  isFloat: boolean;
}

/** Reads what the engine wrote: its header is either plain (44 bytes) or EXTENSIBLE (68 bytes). */
export function parseWav(bytes: Uint8Array): ParsedWav {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const extensible = file.readUInt16LE(20) === 0xfffe;
  const isFloat = file.readUInt16LE(extensible ? 44 : 20) === 3;
  const channelCount = file.readUInt16LE(22);
  const bits = file.readUInt16LE(34);
  const start = extensible ? 68 : 44;
  const frameCount = file.readUInt32LE(start - 4) / (channelCount * (bits / 8));
  const read = (offset: number): number => {
    if (!isFloat) return file.readIntLE(offset, bits / 8);
    return bits === 32 ? file.readFloatLE(offset) : file.readDoubleLE(offset);
  };
  const raw = Array.from({ length: channelCount }, (_, channel) =>
    Float64Array.from({ length: frameCount }, (_unused, n) => read(start + (n * channelCount + channel) * (bits / 8))),
  );
  const scale = isFloat ? 1 : 2 ** (bits - 1);
  return { raw, channels: raw.map((r) => r.map((v) => v / scale)), sampleRate: file.readUInt32LE(24), bits, isFloat };
}

export interface RunLog {
  progress: number;
  message: string;
  level: "INFO" | "WARN";
}

/** Runs the engine with defaults a test does not care about; the file and the log come with the result. */
export async function run(
  task: Partial<InpaintTask> & Pick<InpaintTask, "bytes">,
): Promise<InpaintResult & { wav: Uint8Array; log: RunLog[] }> {
  const log: RunLog[] = [];
  const pieces: Uint8Array[] = [];
  const defaults = { prompt: "", maskStartSeconds: 4, maskEndSeconds: 6, totalSeconds: null, seed: 0n };
  const result = await inpaint(
    { ...defaults, searchEffort: 8, guidanceScale: 1, ...task },
    (entry) => log.push(entry),
    (piece) => pieces.push(piece.slice()),
  );
  return { ...result, wav: new Uint8Array(Buffer.concat(pieces)), log };
}

/** True when both have the same values over [from, to). */
export function sameSpan(a: ArrayLike<number>, b: ArrayLike<number>, from: number, to: number): boolean {
  for (let n = from; n < to; n++) if (a[n] !== b[n]) return false;
  return true;
}

export function rms(samples: ArrayLike<number>, from: number, to: number): number {
  let sum = 0;
  for (let n = from; n < to; n++) sum += (samples[n] ?? 0) ** 2;
  return Math.sqrt(sum / (to - from));
}
