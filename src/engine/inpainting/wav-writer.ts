import type { ChannelSamples, SampleEncoding } from "./decoded-audio.js";

type StoredEncoding = "int16" | "int24" | "int32" | "float32" | "float64";

const BYTES: Readonly<Record<StoredEncoding, number>> = { int16: 2, int24: 3, int32: 4, float32: 4, float64: 8 };
/** The rest of the KSDATAFORMAT_SUBTYPE GUID after its two tag bytes. */
const SUBTYPE_TAIL = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/** Lossy and 8-bit sources become 16-bit (8-bit values are exact there); every other depth keeps its own. */
function storedEncoding(source: SampleEncoding): StoredEncoding {
  return source === "lossy" || source === "int8" ? "int16" : source;
}

export interface WavFile {
  /** Of one length. */
  channels: readonly ChannelSamples[];
  sampleRate: number;
  /** How the samples were stored where they come from. */
  encoding: SampleEncoding;
  /** Speaker positions, 0 when unknown. Written only for more than two channels. */
  channelMask: number;
}

/** Small enough to stay in the processor's cache while each channel writes its samples. */
const PIECE_BYTES = 128 * 1024;

/** A WAV file as a whole; see `wavPieces`. */
export function encodeWav(
  channels: readonly ChannelSamples[],
  sampleRate: number,
  encoding: SampleEncoding,
  channelMask = 0,
): Uint8Array {
  const file = { channels, sampleRate, encoding, channelMask };
  const { headerBytes, dataBytes, padding } = layoutOf(file);
  const bytes = new Uint8Array(headerBytes + dataBytes + padding);
  let offset = 0;
  for (const piece of wavPieces(file)) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

/**
 * Writes a WAV file piece by piece; each piece is good until the next. Integers are rounded once, without dither, and
 * clamped at full scale: a sample decoded from an integer of the same depth comes back as that integer. More than two
 * channels are written as EXTENSIBLE.
 */
export function* wavPieces(file: WavFile): Generator<Uint8Array> {
  const { stored, frameCount, frameBytes, padding } = layoutOf(file);
  yield header(file);
  const bytes = new Uint8Array(PIECE_BYTES);
  const view = new DataView(bytes.buffer);
  const pieceFrames = Math.floor(PIECE_BYTES / frameBytes);
  for (let from = 0; from < frameCount; from += pieceFrames) {
    const to = Math.min(frameCount, from + pieceFrames);
    file.channels.forEach((samples, channel) => {
      writeChannel(view, channel * BYTES[stored], frameBytes, samples.subarray(from, to), stored);
    });
    yield bytes.subarray(0, (to - from) * frameBytes);
  }
  if (padding > 0) yield new Uint8Array(padding);
}

function layoutOf({ channels, encoding }: WavFile) {
  const stored = storedEncoding(encoding);
  const frameCount = channels[0]?.length ?? 0;
  const frameBytes = channels.length * BYTES[stored];
  const dataBytes = frameCount * frameBytes;
  const extensible = channels.length > 2;
  return {
    stored,
    frameCount,
    frameBytes,
    dataBytes,
    extensible,
    headerBytes: extensible ? 68 : 44,
    padding: dataBytes & 1,
  };
}

function header(file: WavFile): Uint8Array {
  const { channels, sampleRate, channelMask } = file;
  const { stored, frameBytes, dataBytes, extensible, headerBytes, padding } = layoutOf(file);
  const bytes = new Uint8Array(headerBytes);
  const view = new DataView(bytes.buffer);
  const tag = stored.startsWith("float") ? 3 : 1;
  writeAscii(bytes, 0, "RIFF");
  view.setUint32(4, headerBytes + dataBytes + padding - 8, true);
  writeAscii(bytes, 8, "WAVEfmt ");
  view.setUint32(16, extensible ? 40 : 16, true);
  view.setUint16(20, extensible ? 0xfffe : tag, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, BYTES[stored] * 8, true);
  if (extensible) {
    view.setUint16(36, 22, true);
    view.setUint16(38, BYTES[stored] * 8, true);
    view.setUint32(40, channelMask, true);
    view.setUint16(44, tag, true);
    bytes.set(SUBTYPE_TAIL, 46);
  }
  writeAscii(bytes, headerBytes - 8, "data");
  view.setUint32(headerBytes - 4, dataBytes, true);
  return bytes;
}

function writeChannel(
  view: DataView,
  start: number,
  stride: number,
  samples: ChannelSamples,
  encoding: StoredEncoding,
): void {
  const count = samples.length;
  let offset = start;
  switch (encoding) {
    case "int16":
      for (let n = 0; n < count; n++, offset += stride) {
        view.setInt16(offset, toInteger(samples[n] as number, 32768), true);
      }
      break;
    case "int24":
      for (let n = 0; n < count; n++, offset += stride) {
        const value = toInteger(samples[n] as number, 8388608);
        view.setUint16(offset, value & 0xffff, true);
        view.setInt8(offset + 2, value >> 16);
      }
      break;
    case "int32":
      for (let n = 0; n < count; n++, offset += stride) {
        const value = samples[n] as number;
        view.setInt32(offset, samples instanceof Int32Array ? value : toInteger(value, 2147483648), true);
      }
      break;
    case "float32":
      for (let n = 0; n < count; n++, offset += stride) view.setFloat32(offset, samples[n] as number, true);
      break;
    case "float64":
      for (let n = 0; n < count; n++, offset += stride) view.setFloat64(offset, samples[n] as number, true);
      break;
  }
}

function toInteger(sample: number, scale: number): number {
  const value = Math.floor(sample * scale + 0.5); // the same as Math.round here, at half the time
  return value < -scale ? -scale : value >= scale ? scale - 1 : value;
}

function writeAscii(bytes: Uint8Array, offset: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[offset + i] = text.charCodeAt(i);
}
