import type { ByteSource } from "./byte-source.js";
import { checkDuration, checkLayout, type DecodedAudio, unsupportedFormat } from "./decoded-audio.js";
import { integerEncoding, PCM_BYTES, type PcmLayout, readPcm } from "./pcm.js";

interface AiffFormat {
  sampleRate: number;
  channelCount: number;
  /** What the header says; the file may hold less. */
  frameCount: number;
  layout: PcmLayout;
}

/** AIFF-C codecs that are uncompressed; `null` takes the depth from the header. Small or capital letters, both are written. */
const CODECS: Readonly<Record<string, { encoding: PcmLayout["encoding"] | null; littleEndian: boolean }>> = {
  none: { encoding: null, littleEndian: false },
  twos: { encoding: null, littleEndian: false },
  sowt: { encoding: null, littleEndian: true },
  in24: { encoding: "int24", littleEndian: false },
  in32: { encoding: "int32", littleEndian: false },
  fl32: { encoding: "float32", littleEndian: false },
  fl64: { encoding: "float64", littleEndian: false },
};

/** Of a COMM chunk as far as it matters here: what follows is the codec's name in words. */
const COMM_BYTES = 22;

/**
 * Reads AIFF (Apple, "Audio Interchange File Format" 1.3) and uncompressed AIFF-C: integers of 8 to 32 bits in either byte
 * order, floats of 32 or 64. Chunk sizes are clamped to the file; a file that ends early is used with a warning.
 */
export function decodeAiff(bytes: ByteSource): DecodedAudio {
  const { format, data } = readChunks(bytes);
  const { sampleRate, channelCount, layout } = format;
  const available = Math.floor(data.length / (PCM_BYTES[layout.encoding] * channelCount));
  const frameCount = Math.min(format.frameCount, available);
  checkDuration(frameCount, sampleRate, channelCount);
  const missing = format.frameCount - frameCount;
  const warnings =
    missing > 0 ? [`The AIFF file ends ${missing} samples early; the audio that is there was used.`] : [];
  const channels = readPcm(bytes, data.start, channelCount, frameCount, layout);
  return { channels, sampleRate, encoding: layout.encoding, channelMask: 0, format: "aiff", warnings };
}

/** The chunks may come in any order. */
function readChunks(bytes: ByteSource): { format: AiffFormat; data: { start: number; length: number } } {
  const compressible = latin1(bytes.subarray(8, 12)) === "AIFC";
  let format: AiffFormat | undefined;
  let data: { start: number; length: number } | undefined;
  for (let offset = 12; offset + 8 <= bytes.length && (format === undefined || data === undefined); ) {
    const head = bytes.subarray(offset, offset + 8);
    const id = latin1(head.subarray(0, 4));
    const start = offset + 8;
    const length = Math.min(viewOf(head).getUint32(4), bytes.length - start);
    if (id === "COMM") format = readFormat(bytes.subarray(start, start + Math.min(length, COMM_BYTES)), compressible);
    if (id === "SSND" && length >= 8) {
      // The samples start `offset` bytes into their chunk, for those who align blocks.
      const skipped = Math.min(length, 8 + viewOf(bytes.subarray(start, start + 4)).getUint32(0));
      data = { start: start + skipped, length: length - skipped };
    }
    offset = start + length + (length & 1);
  }
  if (format === undefined || data === undefined) {
    throw unsupportedFormat(`This AIFF file is damaged: it has no ${format === undefined ? "COMM" : "SSND"} chunk.`);
  }
  return { format, data };
}

function readFormat(bytes: Uint8Array, compressible: boolean): AiffFormat {
  if (bytes.length < (compressible ? COMM_BYTES : 18)) {
    throw unsupportedFormat("This AIFF file is damaged: its COMM chunk is too short.");
  }
  const view = viewOf(bytes);
  const channelCount = view.getUint16(0);
  const frameCount = view.getUint32(2);
  const bits = view.getUint16(6);
  const sampleRate = Math.round(readExtended(view, 8)); // 22254.54 Hz exists, in a WAV header it can't
  checkLayout("AIFF", sampleRate, channelCount);
  const codec = compressible ? latin1(bytes.subarray(18, 22)) : "NONE";
  const known = CODECS[codec.toLowerCase()];
  const encoding = known?.encoding ?? integerEncoding(bits);
  if (known === undefined || encoding === undefined) {
    throw unsupportedFormat(
      `Expected uncompressed AIFF (8, 16, 24 or 32 bit integer, 32 or 64 bit float), got codec ${JSON.stringify(codec)} with ${bits} bit.`,
    );
  }
  return {
    sampleRate,
    channelCount,
    frameCount,
    layout: { encoding, littleEndian: known.littleEndian, unsigned8: false },
  };
}

/** An 80-bit IEEE 754 extended number: sign and exponent (bias 16383), then a 64-bit mantissa with its leading 1 written out. */
function readExtended(view: DataView, offset: number): number {
  const exponent = view.getUint16(offset) - 16383 - 63;
  return (view.getUint32(offset + 2) * 2 ** 32 + view.getUint32(offset + 6)) * 2 ** exponent;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
