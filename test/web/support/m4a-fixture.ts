const SAMPLE_RATE = 44_100;
const FRAMES_PER_PACKET = 1_024;
/** AAC-LC: one mono packet of silence. */
const PACKET = Buffer.from([0x00, 0xc8, 0x00, 0x80, 0x23, 0x80]);

/** A silent M4A file as telephones record them: AAC-LC in MP4 (ISO/IEC 14496-12 and -14), mono. */
export function makeM4a(seconds: number): Buffer {
  const packets = Math.ceil((seconds * SAMPLE_RATE) / FRAMES_PER_PACKET);
  const type = box("ftyp", Buffer.from("M4A "), number(0), Buffer.from("M4A mp42isom"));
  const data = box("mdat", ...Array.from({ length: packets }, () => PACKET));
  return Buffer.concat([type, data, movie(packets, type.length + 8)]);
}

function movie(packets: number, dataStart: number): Buffer {
  const frames = packets * FRAMES_PER_PACKET;
  const matrix = Buffer.concat([0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map(number));
  const header = fullBox(
    "mvhd",
    ...[0, 0, SAMPLE_RATE, frames, 0x10000].map(number),
    zeros(12),
    matrix,
    zeros(24),
    number(2),
  );
  const track = fullBox("tkhd", ...[0, 0, 1, 0, frames].map(number), zeros(16), matrix, zeros(8));
  track[11] = 7;
  const media = box(
    "mdia",
    fullBox("mdhd", ...[0, 0, SAMPLE_RATE, frames, 0x55c40000].map(number)),
    fullBox("hdlr", number(0), Buffer.from("soun"), zeros(13)),
    box(
      "minf",
      fullBox("smhd", zeros(4)),
      box("dinf", fullBox("dref", number(1), Buffer.from([0, 0, 0, 12]), Buffer.from("url "), number(1))),
      sampleTable(packets, dataStart),
    ),
  );
  return box("moov", header, box("trak", track, media));
}

function sampleTable(packets: number, dataStart: number): Buffer {
  const audio = Buffer.concat([zeros(6), Buffer.from([0, 1]), zeros(8), Buffer.from([0, 1, 0, 16]), zeros(4)]);
  return box(
    "stbl",
    fullBox("stsd", number(1), box("mp4a", audio, Buffer.from([SAMPLE_RATE >> 8, SAMPLE_RATE & 255, 0, 0]), decoder())),
    fullBox("stts", ...[1, packets, FRAMES_PER_PACKET].map(number)),
    fullBox("stsc", ...[1, 1, packets, 1].map(number)),
    fullBox("stsz", ...[PACKET.length, packets].map(number)),
    fullBox("stco", ...[1, dataStart].map(number)),
  );
}

/** The elementary stream descriptor: AAC-LC, 44.1 kHz, one channel. */
function decoder(): Buffer {
  const config = [5, 2, 0x12, 0x08];
  const decoderConfig = [4, 13 + config.length, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...config];
  const descriptor = [3, 3 + decoderConfig.length + 3, 0, 1, 0, ...decoderConfig, 6, 1, 2];
  return fullBox("esds", Buffer.from(descriptor));
}

function box(name: string, ...content: readonly Buffer[]): Buffer {
  const size = content.reduce((sum, { length }) => sum + length, 8);
  return Buffer.concat([number(size), Buffer.from(name, "latin1"), ...content]);
}

function fullBox(name: string, ...content: readonly Buffer[]): Buffer {
  return box(name, zeros(4), ...content);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function zeros(length: number): Buffer {
  return Buffer.alloc(length);
}
