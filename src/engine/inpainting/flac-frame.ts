import type { Damage } from "./damage.js";

/** The block that every FLAC stream starts with (RFC 9639, 8.2). */
export interface FlacStreamInfo {
  sampleRate: number;
  channelCount: number;
  bits: number;
  /** 0 when unknown. */
  totalFrames: number;
  /** Samples a block, where all but the last have the same. */
  blockSize: number;
}

/** A frame whose checksums are right. */
export interface FlacFrame {
  bytes: Uint8Array;
  /** Of its first sample, in samples since the stream's start. */
  position: number;
  blockSize: number;
}

interface FrameHeader {
  headerBytes: number;
  position: number;
  blockSize: number;
}

export const STREAMINFO_BYTES = 34;
/** Headers and footer, generously. The samples of a frame take at most as much as uncompressed ones, or its encoder is a poor one. */
const OVERHEAD_BYTES = 256;
const MIN_FRAME_BYTES = 8;

/** Reads a STREAMINFO block's 34 bytes at `offset`; null when they are not there. */
export function readStreamInfo(bytes: Uint8Array, offset: number): FlacStreamInfo | null {
  if (offset + STREAMINFO_BYTES > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, STREAMINFO_BYTES);
  const packed = view.getUint32(10);
  return {
    blockSize: view.getUint16(0),
    sampleRate: packed >>> 12,
    channelCount: ((packed >>> 9) & 7) + 1,
    bits: ((packed >>> 4) & 31) + 1,
    totalFrames: (packed & 15) * 2 ** 32 + view.getUint32(14),
  };
}

/**
 * Finds every whole frame from `start` on. A frame's end is not written anywhere: it is where the checksum over it comes
 * out as 0 and another frame, or the file's end, follows (RFC 9639, 9.3). What lies between frames counts as damage.
 */
export function* findFlacFrames(
  bytes: Uint8Array,
  start: number,
  info: FlacStreamInfo,
  damage: Damage,
): Generator<FlacFrame> {
  let lostFrom = start;
  for (let offset = start; offset + MIN_FRAME_BYTES <= bytes.length; ) {
    const header = readFrameHeader(bytes, offset, info);
    const end = header === null ? null : findFrameEnd(bytes, offset, header, info);
    if (header === null || end === null) {
      if (header !== null) damage.countFalseStart();
      offset++;
      continue;
    }
    if (offset > lostFrom) damage.lose(offset - lostFrom);
    yield { bytes: bytes.subarray(offset, end), position: header.position, blockSize: header.blockSize };
    offset = end;
    lostFrom = end;
  }
  damage.loseTail(bytes.length - lostFrom);
}

/** A frame that fills `bytes` exactly, as containers hold them; null when it is damaged. */
export function readFlacFrame(bytes: Uint8Array, info: FlacStreamInfo): FlacFrame | null {
  const header = readFrameHeader(bytes, 0, info);
  if (header === null || crc16(bytes) !== 0) return null;
  return { bytes, position: header.position, blockSize: header.blockSize };
}

/**
 * Null for a damaged frame: another one begins before the checksum comes out right. So no byte is looked at twice however
 * a file is made. Behind the last frame there may be a tag, and then the checksum alone has to do.
 */
function findFrameEnd(bytes: Uint8Array, start: number, header: FrameHeader, info: FlacStreamInfo): number | null {
  const largest = (2 * header.blockSize * info.channelCount * info.bits) / 8 + OVERHEAD_BYTES;
  const limit = Math.min(bytes.length, start + Math.ceil(largest));
  let crc = 0;
  let lastMatch: number | null = null;
  for (let n = start; n < limit; n++) {
    crc = ((crc << 8) & 0xffff) ^ (CRC16_TABLE[(crc >> 8) ^ (bytes[n] as number)] as number);
    if (n - start < header.headerBytes) continue;
    if (crc === 0) lastMatch = n + 1;
    if (bytes[n + 1] === 0xff && readFrameHeader(bytes, n + 1, info) !== null) return crc === 0 ? n + 1 : null;
  }
  return lastMatch;
}

/** RFC 9639, 9.1. Null unless the checksum is right and the frame has the stream's own rate, channels and depth. */
function readFrameHeader(bytes: Uint8Array, offset: number, info: FlacStreamInfo): FrameHeader | null {
  if (offset + MIN_FRAME_BYTES > bytes.length || bytes[offset] !== 0xff) return null;
  const second = bytes[offset + 1] as number;
  const third = bytes[offset + 2] as number;
  const fourth = bytes[offset + 3] as number;
  if ((second & 0xfe) !== 0xf8 || (fourth & 1) !== 0) return null;
  const channelCode = fourth >> 4;
  const channelCount = channelCode < 8 ? channelCode + 1 : channelCode < 11 ? 2 : 0;
  const bits = [info.bits, 8, 12, 0, 16, 20, 24, 32][(fourth >> 1) & 7];
  if (channelCount !== info.channelCount || bits !== info.bits) return null;

  const number = readCodedNumber(bytes, offset + 4);
  if (number === null) return null;
  let end = offset + 4 + number.byteCount;
  const blockCode = third >> 4;
  let blockSize = blockCode === 1 ? 192 : blockCode < 6 ? 576 << (blockCode - 2) : 256 << (blockCode - 8);
  if (blockCode === 6) blockSize = readBigEndian(bytes, end, 1) + 1;
  if (blockCode === 7) blockSize = readBigEndian(bytes, end, 2) + 1;
  end += blockCode === 6 ? 1 : blockCode === 7 ? 2 : 0;
  const rateCode = third & 15;
  const rate = readRate(bytes, end, rateCode, info.sampleRate);
  end += rateCode === 12 ? 1 : rateCode === 13 || rateCode === 14 ? 2 : 0;
  if (blockCode === 0 || rate !== info.sampleRate || crc8(bytes, offset, end + 1) !== 0) return null;
  const isVariable = (second & 1) === 1;
  const position = isVariable ? number.value : number.value * info.blockSize;
  return { headerBytes: end + 1 - offset, position, blockSize };
}

function readRate(bytes: Uint8Array, offset: number, code: number, streamRate: number): number | undefined {
  if (code === 12) return readBigEndian(bytes, offset, 1) * 1000;
  if (code === 13) return readBigEndian(bytes, offset, 2);
  if (code === 14) return readBigEndian(bytes, offset, 2) * 10;
  return [streamRate, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000][code];
}

/** Frame and sample numbers are written like UTF-8, up to 36 bits in 7 bytes. */
function readCodedNumber(bytes: Uint8Array, offset: number): { value: number; byteCount: number } | null {
  const first = bytes[offset] as number;
  const byteCount = first < 0x80 ? 1 : Math.clz32(~(first << 24));
  if (byteCount > 7 || (first >= 0x80 && byteCount < 2)) return null;
  let value = byteCount === 1 ? first : first & (0x7f >> byteCount);
  for (let n = 1; n < byteCount; n++) {
    const next = bytes[offset + n] ?? 0;
    if ((next & 0xc0) !== 0x80) return null;
    value = value * 64 + (next & 0x3f);
  }
  return { value, byteCount };
}

function readBigEndian(bytes: Uint8Array, offset: number, byteCount: number): number {
  let value = 0;
  for (let n = 0; n < byteCount; n++) value = value * 256 + (bytes[offset + n] ?? 0);
  return value;
}

function crc8(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let n = start; n < end; n++) crc = CRC8_TABLE[crc ^ (bytes[n] ?? 0)] as number;
  return crc;
}

function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (CRC16_TABLE[(crc >> 8) ^ byte] as number);
  return crc;
}

const CRC8_TABLE = Uint8Array.from({ length: 256 }, (_, byte) => shiftOut(byte, 0x07, 0x80));
const CRC16_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => shiftOut(byte << 8, 0x8005, 0x8000));

function shiftOut(value: number, polynomial: number, topBit: number): number {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = (crc & topBit) !== 0 ? (crc << 1) ^ polynomial : crc << 1;
  return crc;
}
