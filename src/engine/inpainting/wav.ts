import {
  type ChannelSamples,
  checkDuration,
  checkLayout,
  type DecodedAudio,
  type SampleEncoding,
  unsupportedFormat,
} from "./decoded-audio.js";

interface WavFormat {
  sampleRate: number;
  channelCount: number;
  containerBytes: number;
  encoding: Exclude<SampleEncoding, "lossy">;
  channelMask: number;
}

interface Span {
  start: number;
  length: number;
}

const TAG_INTEGER = 1;
const TAG_FLOAT = 3;
const TAG_EXTENSIBLE = 0xfffe;
/** Written by streaming encoders that cannot know the length yet. */
const UNKNOWN_LENGTH = 0xffffffff;

/**
 * Reads RIFF/WAVE (also RF64 and BW64): integer PCM of 8 to 32 bits, float of 32 or 64, plain or EXTENSIBLE.
 * Chunk sizes are clamped to the file, so a lying header costs nothing; a file that ends early is used with a warning.
 */
export function decodeWav(bytes: Uint8Array): DecodedAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { format, data, warnings } = readChunks(bytes, view);
  const bytesPerFrame = format.containerBytes * format.channelCount;
  const frameCount = Math.floor(data.length / bytesPerFrame);
  checkDuration(frameCount, format.sampleRate, format.channelCount);
  const channels = Array.from({ length: format.channelCount }, (_, channel) =>
    readChannel(view, data.start + channel * format.containerBytes, bytesPerFrame, frameCount, format.encoding),
  );
  const { sampleRate, encoding, channelMask } = format;
  return { channels, sampleRate, encoding, channelMask, format: "wav", warnings };
}

function readChunks(bytes: Uint8Array, view: DataView): { format: WavFormat; data: Span; warnings: string[] } {
  let format: WavFormat | undefined;
  for (let offset = 12; offset + 8 <= bytes.length; ) {
    const id = String.fromCharCode(...bytes.subarray(offset, offset + 4));
    const claimed = view.getUint32(offset + 4, true);
    const start = offset + 8;
    const length = Math.min(claimed, bytes.length - start);
    if (id === "fmt ") {
      format = readFormat(view, start, length);
    } else if (id === "data") {
      if (format === undefined) throw unsupportedFormat("This WAV file has its data before any format chunk.");
      const missing = claimed - length;
      const short = missing > 0 && claimed !== UNKNOWN_LENGTH;
      const warnings = short ? [`The WAV file ends ${missing} bytes early; the audio that is there was used.`] : [];
      return { format, data: { start, length }, warnings };
    }
    offset = start + length + (length & 1);
  }
  throw unsupportedFormat(`This WAV file is damaged: it has no ${format === undefined ? "format" : "data"} chunk.`);
}

function readFormat(view: DataView, start: number, length: number): WavFormat {
  if (length < 16) throw unsupportedFormat("This WAV file is damaged: its format chunk is too short.");
  let tag = view.getUint16(start, true);
  const channelCount = view.getUint16(start + 2, true);
  const sampleRate = view.getUint32(start + 4, true);
  const blockBytes = view.getUint16(start + 12, true);
  const bits = view.getUint16(start + 14, true);
  let channelMask = 0;
  if (tag === TAG_EXTENSIBLE && length >= 40) {
    channelMask = view.getUint32(start + 20, true);
    tag = view.getUint16(start + 24, true); // the GUID's first two bytes are the plain tag
  }
  checkLayout("WAV", sampleRate, channelCount);
  // Odd depths (12, 20 bit) are left-justified in their container, so reading the whole container is exact.
  const containerBytes = Math.ceil(bits / 8);
  const encoding = encodingOf(tag, containerBytes);
  if (encoding === undefined || blockBytes !== containerBytes * channelCount) {
    throw unsupportedFormat(
      `Expected uncompressed WAV (8, 16, 24 or 32 bit integer, 32 or 64 bit float), got codec ${tag} with ${bits} bit in blocks of ${blockBytes} bytes.`,
    );
  }
  return { sampleRate, channelCount, containerBytes, encoding, channelMask };
}

function encodingOf(tag: number, containerBytes: number): WavFormat["encoding"] | undefined {
  if (tag === TAG_INTEGER) return ([undefined, "int8", "int16", "int24", "int32"] as const)[containerBytes];
  if (tag === TAG_FLOAT) return containerBytes === 4 ? "float32" : containerBytes === 8 ? "float64" : undefined;
  return undefined;
}

/** Deinterleaves one channel; integers become value / 2^(bits - 1), which Float32 holds exactly up to 24 bits. */
function readChannel(
  view: DataView,
  start: number,
  stride: number,
  frameCount: number,
  encoding: WavFormat["encoding"],
): ChannelSamples {
  const wide = encoding === "int32" || encoding === "float64";
  const samples = wide ? new Float64Array(frameCount) : new Float32Array(frameCount);
  let offset = start;
  switch (encoding) {
    case "int8": // unsigned in WAV, unlike every other depth
      for (let n = 0; n < frameCount; n++, offset += stride) samples[n] = (view.getUint8(offset) - 128) / 128;
      break;
    case "int16":
      for (let n = 0; n < frameCount; n++, offset += stride) samples[n] = view.getInt16(offset, true) / 32768;
      break;
    case "int24":
      for (let n = 0; n < frameCount; n++, offset += stride) {
        samples[n] = ((view.getInt8(offset + 2) << 16) | view.getUint16(offset, true)) / 8388608;
      }
      break;
    case "int32":
      for (let n = 0; n < frameCount; n++, offset += stride) samples[n] = view.getInt32(offset, true) / 2147483648;
      break;
    case "float32":
      for (let n = 0; n < frameCount; n++, offset += stride) samples[n] = view.getFloat32(offset, true);
      break;
    case "float64":
      for (let n = 0; n < frameCount; n++, offset += stride) samples[n] = view.getFloat64(offset, true);
      break;
  }
  return samples;
}
