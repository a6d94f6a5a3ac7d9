import type { Damage } from "./damage.js";

/** What one page of a logical stream brings: the packets that end on it, and the position after the last of them. */
export interface OggStep {
  /** The page with which a stream begins. */
  isFirst: boolean;
  packets: Uint8Array[];
  /** In the codec's samples; null where no packet ends or nothing sensible is written. */
  granule: number | null;
  /** The stream's own end mark. A stream without it was cut off. */
  isLast: boolean;
}

interface OggPage {
  serial: number;
  sequence: number;
  granule: number | null;
  isContinued: boolean;
  isFirst: boolean;
  isLast: boolean;
  lacing: Uint8Array;
  body: Uint8Array;
}

const HEADER_BYTES = 27;
const CRC_OFFSET = 22;

/**
 * Reads the first logical stream whose first packet is wanted, then the first that begins behind its end mark, and so on:
 * what is chained is one recording. Leaves out all others: pictures, skeletons, other languages. Pages count only with a
 * right checksum; packets that lost a part are left out. Ogg: RFC 3533.
 */
export function* readOggStream(
  bytes: Uint8Array,
  isWanted: (firstPacket: Uint8Array) => boolean,
  damage: Damage,
): Generator<OggStep> {
  let serial: number | undefined;
  let sequence = 0;
  let open: Uint8Array[] | null = null;
  for (const page of readPages(bytes, damage)) {
    if (serial === undefined) {
      if (!page.isFirst || !isWanted(page.body)) continue;
      serial = page.serial;
      open = null;
    } else if (page.serial !== serial || page.isFirst) {
      continue;
    }
    if (!page.isContinued || page.sequence !== sequence + 1) open = null;
    const packets: Uint8Array[] = [];
    const startsInside = page.isContinued && open === null;
    open = splitPage(page, open ?? [], packets);
    if (startsInside && packets.shift() === undefined) open = null;
    sequence = page.sequence;
    yield { isFirst: page.isFirst, packets, granule: page.granule, isLast: page.isLast };
    if (page.isLast) serial = undefined;
  }
}

/** The position at the file's end in the codec's samples, 0 when there is none: a hint that nothing has checked. */
export function lastGranule(bytes: Uint8Array): number {
  for (let offset = bytes.length - HEADER_BYTES; offset >= 0; offset--) {
    if (!isCapturePattern(bytes, offset)) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset + offset, HEADER_BYTES);
    return readGranule(view) ?? 0;
  }
  return 0;
}

/** Adds the packets that end on this page; returns the parts of one that goes on, or null. A length below 255 ends a packet. */
function splitPage({ lacing, body }: OggPage, begun: Uint8Array[], packets: Uint8Array[]): Uint8Array[] | null {
  let parts = begun;
  let start = 0;
  let end = 0;
  for (const length of lacing) {
    end += length;
    if (length === 255) continue;
    packets.push(concatenate([...parts, body.subarray(start, end)]));
    parts = [];
    start = end;
  }
  if (lacing.at(-1) !== 255) return null;
  parts.push(body.subarray(start, end));
  return parts;
}

function* readPages(bytes: Uint8Array, damage: Damage): Generator<OggPage> {
  let lostFrom = 0;
  for (let offset = 0; offset + HEADER_BYTES <= bytes.length; ) {
    const page = isCapturePattern(bytes, offset) ? readPage(bytes, offset) : null;
    if (page === null) {
      if (isCapturePattern(bytes, offset)) damage.countFalseStart();
      offset++;
      continue;
    }
    if (offset > lostFrom) damage.lose(offset - lostFrom);
    offset += HEADER_BYTES + page.lacing.length + page.body.length;
    lostFrom = offset;
    yield page;
  }
  damage.loseTail(bytes.length - lostFrom);
}

/** null for a page that is not whole or whose checksum is wrong. */
function readPage(bytes: Uint8Array, offset: number): OggPage | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, HEADER_BYTES);
  const bodyStart = offset + HEADER_BYTES + view.getUint8(26);
  const lacing = bytes.subarray(offset + HEADER_BYTES, bodyStart);
  const bodyEnd = lacing.reduce((sum, length) => sum + length, bodyStart);
  if (bodyEnd > bytes.length || pageChecksum(bytes, offset, bodyEnd) !== view.getUint32(CRC_OFFSET, true)) return null;
  const flags = view.getUint8(5);
  return {
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    granule: readGranule(view),
    isContinued: (flags & 1) !== 0,
    isFirst: (flags & 2) !== 0,
    isLast: (flags & 4) !== 0,
    lacing,
    body: bytes.subarray(bodyStart, bodyEnd),
  };
}

function readGranule(view: DataView): number | null {
  const granule = Number(view.getBigInt64(6, true));
  return granule >= 0 && Number.isSafeInteger(granule) ? granule : null;
}

function isCapturePattern(bytes: Uint8Array, offset: number): boolean {
  return (
    bytes[offset] === 0x4f && bytes[offset + 1] === 0x67 && bytes[offset + 2] === 0x67 && bytes[offset + 3] === 0x53
  );
}

/** CRC-32 with the polynomial 0x04c11db7, nothing reflected, over the page with its own checksum taken as 0. */
function pageChecksum(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let n = start; n < end; n++) {
    const isOwn = n - start >= CRC_OFFSET && n - start < CRC_OFFSET + 4;
    crc = ((crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ (isOwn ? 0 : (bytes[n] as number))) & 255] as number)) >>> 0;
  }
  return crc;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc >>> 0;
});

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
