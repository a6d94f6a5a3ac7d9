import type { ByteSource } from "./byte-source.js";
import type { ChannelSamples, SampleEncoding } from "./decoded-audio.js";

/** How one uncompressed sample is stored. */
export interface PcmLayout {
  encoding: Exclude<SampleEncoding, "lossy">;
  littleEndian: boolean;
  /** 8-bit samples only: WAV stores them unsigned, AIFF signed. */
  unsigned8: boolean;
}

export const PCM_BYTES: Readonly<Record<PcmLayout["encoding"], number>> = {
  int8: 1,
  int16: 2,
  int24: 3,
  int32: 4,
  float32: 4,
  float64: 8,
};

/** The encoding of an integer of so many bits. Odd depths (12, 20) are left-justified in whole bytes: reading all is exact. */
export function integerEncoding(bits: number): PcmLayout["encoding"] | undefined {
  return ([undefined, "int8", "int16", "int24", "int32"] as const)[Math.ceil(bits / 8)];
}

/** Read at once: little enough to stay in the processor's cache while each channel takes its samples. */
const PIECE_BYTES = 128 * 1024;

/**
 * Deinterleaves `frameCount` whole frames, the first of them at byte `start`. Integers become value / 2^(bits - 1), which
 * Float32 holds exactly up to 24 bits; those of 32 bits stay as they are.
 */
export function readPcm(
  bytes: ByteSource,
  start: number,
  channelCount: number,
  frameCount: number,
  layout: PcmLayout,
): ChannelSamples[] {
  const sampleBytes = PCM_BYTES[layout.encoding];
  const frameBytes = channelCount * sampleBytes;
  const channels = Array.from({ length: channelCount }, () => arrayFor(layout.encoding, frameCount));
  const pieceFrames = Math.floor(PIECE_BYTES / frameBytes);
  for (let from = 0; from < frameCount; from += pieceFrames) {
    const to = Math.min(frameCount, from + pieceFrames);
    const piece = bytes.subarray(start + from * frameBytes, start + to * frameBytes);
    const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
    channels.forEach((samples, channel) => {
      readChannel(view, channel * sampleBytes, frameBytes, samples.subarray(from, to), layout);
    });
  }
  return channels;
}

function readChannel(
  view: DataView,
  start: number,
  stride: number,
  samples: ChannelSamples,
  { encoding, littleEndian, unsigned8 }: PcmLayout,
): void {
  const frameCount = samples.length;
  let offset = start;
  switch (encoding) {
    case "int8":
      for (let n = 0; n < frameCount; n++, offset += stride) {
        samples[n] = (unsigned8 ? view.getUint8(offset) - 128 : view.getInt8(offset)) / 128;
      }
      break;
    case "int16":
      for (let n = 0; n < frameCount; n++, offset += stride) samples[n] = view.getInt16(offset, littleEndian) / 32768;
      break;
    case "int24": {
      const [high, low] = littleEndian ? [2, 0] : [0, 1];
      for (let n = 0; n < frameCount; n++, offset += stride) {
        samples[n] = ((view.getInt8(offset + high) << 16) | view.getUint16(offset + low, littleEndian)) / 8388608;
      }
      break;
    }
    case "int32":
      for (let n = 0; n < frameCount; n++, offset += stride) {
        samples[n] = view.getInt32(offset, littleEndian);
      }
      break;
    case "float32":
      for (let n = 0; n < frameCount; n++, offset += stride) samples[n] = view.getFloat32(offset, littleEndian);
      break;
    case "float64":
      for (let n = 0; n < frameCount; n++, offset += stride) samples[n] = view.getFloat64(offset, littleEndian);
      break;
  }
}

function arrayFor(encoding: PcmLayout["encoding"], length: number): ChannelSamples {
  if (encoding === "int32") return new Int32Array(length);
  return encoding === "float64" ? new Float64Array(length) : new Float32Array(length);
}
