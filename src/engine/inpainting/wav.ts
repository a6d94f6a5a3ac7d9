import type { ByteSource } from "./byte-source.js";
import { checkDuration, checkLayout, type DecodedAudio, unsupportedFormat } from "./decoded-audio.js";
import { integerEncoding, PCM_BYTES, type PcmLayout, readPcm } from "./pcm.js";

interface WavFormat {
  sampleRate: number;
  channelCount: number;
  encoding: PcmLayout["encoding"];
  channelMask: number;
}

interface Span {
  start: number;
  length: number;
}

const TAG_INTEGER = 1;
const TAG_FLOAT = 3;
const TAG_EXTENSIBLE = 0xfffe;
/** Of an EXTENSIBLE format chunk; no other is longer. */
const FORMAT_BYTES = 40;
/** Written by streaming encoders that cannot know the length yet, and where RF64 tells it elsewhere. */
const UNKNOWN_LENGTH = 0xffffffff;
/** Where the data's length stands in RF64's "ds64" chunk, in 64 bits (EBU Tech 3306). */
const DS64_DATA_LENGTH = 8;

/**
 * Reads RIFF/WAVE (also RF64 and BW64): integer PCM of 8 to 32 bits, float of 32 or 64, plain or EXTENSIBLE.
 * Chunk sizes are clamped to the file, so a lying header costs nothing; a file that ends early is used with a warning.
 */
export function decodeWav(bytes: ByteSource): DecodedAudio {
  const { format, data, warnings } = readChunks(bytes);
  const { sampleRate, channelCount, encoding, channelMask } = format;
  const frameCount = Math.floor(data.length / (PCM_BYTES[encoding] * channelCount));
  checkDuration(frameCount, sampleRate, channelCount);
  const layout = { encoding, littleEndian: true, unsigned8: true };
  const channels = readPcm(bytes, data.start, channelCount, frameCount, layout);
  return { channels, sampleRate, encoding, channelMask, format: "wav", warnings };
}

function readChunks(bytes: ByteSource): { format: WavFormat; data: Span; warnings: string[] } {
  let format: WavFormat | undefined;
  let longDataBytes: number | undefined;
  for (let offset = 12; offset + 8 <= bytes.length; ) {
    const head = bytes.subarray(offset, offset + 8);
    const id = String.fromCharCode(...head.subarray(0, 4));
    const written = viewOf(head).getUint32(4, true);
    const claimed = id === "data" && written === UNKNOWN_LENGTH ? (longDataBytes ?? written) : written;
    const start = offset + 8;
    const length = Math.min(claimed, bytes.length - start);
    if (id === "ds64" && length >= DS64_DATA_LENGTH + 8) {
      const value = bytes.subarray(start + DS64_DATA_LENGTH, start + DS64_DATA_LENGTH + 8);
      longDataBytes = Number(viewOf(value).getBigUint64(0, true));
    } else if (id === "fmt ") {
      format = readFormat(viewOf(bytes.subarray(start, start + Math.min(length, FORMAT_BYTES))));
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

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readFormat(view: DataView): WavFormat {
  if (view.byteLength < 16) throw unsupportedFormat("This WAV file is damaged: its format chunk is too short.");
  let tag = view.getUint16(0, true);
  const channelCount = view.getUint16(2, true);
  const sampleRate = view.getUint32(4, true);
  const blockBytes = view.getUint16(12, true);
  const bits = view.getUint16(14, true);
  let channelMask = 0;
  if (tag === TAG_EXTENSIBLE && view.byteLength >= FORMAT_BYTES) {
    channelMask = view.getUint32(20, true);
    tag = view.getUint16(24, true); // the GUID's first two bytes are the plain tag
  }
  checkLayout("WAV", sampleRate, channelCount);
  const encoding = encodingOf(tag, bits);
  if (encoding === undefined || blockBytes !== PCM_BYTES[encoding] * channelCount) {
    throw unsupportedFormat(
      `Expected uncompressed WAV (8, 16, 24 or 32 bit integer, 32 or 64 bit float), got codec ${tag} with ${bits} bit in blocks of ${blockBytes} bytes.`,
    );
  }
  return { sampleRate, channelCount, encoding, channelMask };
}

function encodingOf(tag: number, bits: number): WavFormat["encoding"] | undefined {
  if (tag === TAG_INTEGER) return integerEncoding(bits);
  if (tag === TAG_FLOAT) return bits === 32 ? "float32" : bits === 64 ? "float64" : undefined;
  return undefined;
}
