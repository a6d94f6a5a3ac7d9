import { createOggEncoder } from "wasm-media-encoders";

export interface OggPacket {
  packet: Uint8Array;
  /** Position after this packet; null for none. */
  granule: number | null;
}

/** Encodes with libvorbis; the result may be shared, so it is copied. */
export async function vorbisFile(channels: Float32Array[], sampleRate: number): Promise<Uint8Array> {
  const encoder = await createOggEncoder();
  encoder.configure({ sampleRate, channels: channels.length === 1 ? 1 : 2, vbrQuality: 3 });
  const body = encoder.encode(channels).slice();
  const tail = encoder.finalize().slice();
  return new Uint8Array(Buffer.concat([body, tail]));
}

const OPUS_PACKET_FRAMES = 5760;

/** Silence of so many seconds, mono: packets of six 20 ms frames without content (RFC 6716, 3.2; RFC 7845, 5). */
export function opusFile(seconds: number): Uint8Array {
  const total = Math.round(seconds * 48_000);
  const head = Buffer.from("OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0", "latin1");
  const tags = Buffer.from("OpusTags\0\0\0\0\0\0\0\0", "latin1");
  const audio = Array.from({ length: Math.ceil(total / OPUS_PACKET_FRAMES) }, (_, index) => ({
    packet: Uint8Array.of(0xfb, 6),
    granule: Math.min(total, (index + 1) * OPUS_PACKET_FRAMES),
  }));
  return oggFile([{ packet: head, granule: 0 }, { packet: tags, granule: 0 }, ...audio]);
}

/** Each packet on a page of its own, or on as many as it needs (RFC 3533). */
export function oggFile(packets: readonly OggPacket[], serial = 7): Uint8Array {
  const pages: Buffer[] = [];
  packets.forEach(({ packet, granule }, index) => {
    const lacing = [...Array.from({ length: Math.floor(packet.length / 255) }, () => 255), packet.length % 255];
    for (let first = 0; first < lacing.length; first += 255) {
      const values = lacing.slice(first, first + 255);
      const isWhole = first + 255 >= lacing.length;
      const page = Buffer.alloc(27 + values.length);
      page.write("OggS");
      const isFirst = pages.length === 0;
      const isLast = isWhole && index === packets.length - 1;
      page.writeUInt8((first > 0 ? 1 : 0) | (isFirst ? 2 : 0) | (isLast ? 4 : 0), 5);
      page.writeBigInt64LE(isWhole ? BigInt(granule ?? -1) : -1n, 6);
      page.writeUInt32LE(serial, 14);
      page.writeUInt32LE(pages.length, 18);
      page.writeUInt8(values.length, 26);
      page.set(values, 27);
      const length = values.reduce((sum, value) => sum + value, 0);
      pages.push(Buffer.concat([page, packet.subarray(first * 255, first * 255 + length)]));
    }
  });
  return repairOgg(new Uint8Array(Buffer.concat(pages)));
}

/** Gives every page the checksum of what it holds now. */
export function repairOgg(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes);
  for (const page of oggPages(file)) {
    page.writeUInt32LE(0, 22);
    let crc = 0;
    for (const byte of page) {
      crc ^= byte << 24;
      for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
    }
    page.writeUInt32LE(crc >>> 0, 22);
  }
  return new Uint8Array(file);
}

/** The pages of a file, as views into it. */
export function oggPages(file: Buffer): Buffer[] {
  const pages: Buffer[] = [];
  for (let start = file.indexOf("OggS"); start >= 0; start = file.indexOf("OggS", start + 4)) {
    const lacing = file.subarray(start + 27, start + 27 + (file[start + 26] ?? 0));
    const end = start + 27 + lacing.length + lacing.reduce((sum, value) => sum + value, 0);
    if (start + 27 <= file.length && end <= file.length) pages.push(file.subarray(start, end));
  }
  return pages;
}
