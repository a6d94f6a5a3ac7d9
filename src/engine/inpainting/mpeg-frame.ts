/** What one MPEG audio frame header says (ISO 11172-3 §2.4.2.3, 13818-3 for the half rates, "2.5" for the quarter rates). */
export interface MpegFrameHeader {
  layer: 1 | 2 | 3;
  sampleRate: number;
  channelCount: 1 | 2;
  frameBytes: number;
}

const KILOBITS_V1: Readonly<Record<number, readonly number[]>> = {
  1: [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  2: [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  3: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
};
const KILOBITS_V2: Readonly<Record<number, readonly number[]>> = {
  1: [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  3: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const RATES_V1 = [44_100, 48_000, 32_000];

/** Reads the header at `offset`; null when these four bytes are not one (free-format streams count as not one). */
export function readMpegFrameHeader(bytes: Uint8Array, offset: number): MpegFrameHeader | null {
  const [sync = 0, second = 0, third = 0, fourth = 0] = bytes.subarray(offset, offset + 4);
  if (sync !== 0xff || (second & 0xe0) !== 0xe0) return null;
  const version = (second >> 3) & 3; // 3: MPEG-1, 2: MPEG-2, 0: MPEG-2.5, 1: reserved
  const layer = 4 - ((second >> 1) & 3);
  if (version === 1 || (layer !== 1 && layer !== 2 && layer !== 3)) return null;
  const kilobits = (version === 3 ? KILOBITS_V1 : KILOBITS_V2)[layer]?.[third >> 4] ?? 0;
  const baseRate = RATES_V1[(third >> 2) & 3];
  if (kilobits === 0 || baseRate === undefined) return null;
  const sampleRate = version === 3 ? baseRate : version === 2 ? baseRate / 2 : baseRate / 4;
  const padding = (third >> 1) & 1;
  const bits = kilobits * 1000;
  const frameBytes =
    layer === 1
      ? (Math.floor((12 * bits) / sampleRate) + padding) * 4
      : Math.floor(((layer === 3 && version !== 3 ? 72 : 144) * bits) / sampleRate) + padding;
  return { layer, sampleRate, channelCount: fourth >> 6 === 3 ? 1 : 2, frameBytes };
}

/**
 * Finds the first frame header at or after `from` that is followed by a second one of the same rate and layer exactly
 * where its length says: random bytes hold single "headers" every few kilobytes, pairs practically never.
 */
export function findMpegFrames(
  bytes: Uint8Array,
  from: number,
  searchBytes: number,
): { offset: number; header: MpegFrameHeader } | null {
  const last = Math.min(bytes.length - 4, from + searchBytes);
  for (let offset = from; offset <= last; offset++) {
    const header = readMpegFrameHeader(bytes, offset);
    if (header === null) continue;
    const next = readMpegFrameHeader(bytes, offset + header.frameBytes);
    if (next !== null && next.sampleRate === header.sampleRate && next.layer === header.layer)
      return { offset, header };
  }
  return null;
}
