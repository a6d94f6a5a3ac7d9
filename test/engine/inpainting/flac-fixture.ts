import { oggFile } from "./ogg-fixture.js";

export interface FlacOptions {
  sampleRate?: number;
  bits?: number;
  /** Leaves rate and depth out of the frames: they are those of the stream. */
  bareFrames?: boolean;
  /** Called with every frame before its checksum is made: what it changes passes as sound. */
  spoil?: (frame: Uint8Array, index: number) => void;
}

const BLOCK_SIZE = 4096;

/** A small FLAC encoder (RFC 9639): independent channels, second-order fixed prediction, one Rice partition a block. */
export function flacFile(channels: readonly ArrayLike<number>[], options: FlacOptions = {}): Uint8Array {
  const blocks = [metadataBlock(0, streamInfo(channels, options)), metadataBlock(128 | 4, vorbisComment())];
  return concatenate([ascii("fLaC"), ...blocks, ...flacFrames(channels, options)]);
}

/** The same frames in Ogg (RFC 9639, 10.1). */
export function oggFlacFile(channels: readonly ArrayLike<number>[], options: FlacOptions = {}): Uint8Array {
  const prefix = Uint8Array.of(0x7f, 0x46, 0x4c, 0x41, 0x43, 1, 0, 0, 1);
  const first = concatenate([prefix, ascii("fLaC"), metadataBlock(0, streamInfo(channels, options))]);
  const frameCount = channels[0]?.length ?? 0;
  const audio = flacFrames(channels, options).map((packet, index) => ({
    packet,
    granule: Math.min(frameCount, (index + 1) * BLOCK_SIZE),
  }));
  const comment = { packet: metadataBlock(128 | 4, vorbisComment()), granule: 0 };
  return oggFile([{ packet: first, granule: 0 }, comment, ...audio]);
}

function flacFrames(channels: readonly ArrayLike<number>[], options: FlacOptions): Uint8Array[] {
  const frameCount = channels[0]?.length ?? 0;
  return Array.from({ length: Math.ceil(frameCount / BLOCK_SIZE) }, (_, index) => {
    const start = index * BLOCK_SIZE;
    return frame(channels, start, Math.min(BLOCK_SIZE, frameCount - start), index, options);
  });
}

function streamInfo(
  channels: readonly ArrayLike<number>[],
  { sampleRate = 44_100, bits = 16 }: FlacOptions,
): Uint8Array {
  const writer = new BitWriter();
  writer.bits(BLOCK_SIZE, 16).bits(BLOCK_SIZE, 16).bits(0, 24).bits(0, 24);
  writer
    .bits(sampleRate, 20)
    .bits(channels.length - 1, 3)
    .bits(bits - 1, 5);
  writer.bits(0, 4).bits(channels[0]?.length ?? 0, 32);
  for (let byte = 0; byte < 16; byte++) writer.bits(0, 8);
  return writer.finish();
}

function vorbisComment(): Uint8Array {
  return concatenate([Uint8Array.of(4, 0, 0, 0), ascii("test"), new Uint8Array(4)]);
}

function metadataBlock(head: number, body: Uint8Array): Uint8Array {
  return concatenate([new BitWriter().bits(head, 8).bits(body.length, 24).finish(), body]);
}

function frame(
  channels: readonly ArrayLike<number>[],
  start: number,
  length: number,
  index: number,
  { sampleRate = 44_100, bits = 16, bareFrames = false, spoil }: FlacOptions,
): Uint8Array {
  const depthCode = bareFrames ? 0 : ({ 8: 1, 12: 2, 16: 4, 20: 5, 24: 6 }[bits] ?? 0);
  // More than 16 bits hold is written in tens of Hz.
  const inTens = sampleRate >= 65_536;
  const header = new BitWriter()
    .bits(0xfff8, 16)
    .bits(7, 4)
    .bits(bareFrames ? 0 : inTens ? 14 : 13, 4);
  header
    .bits(channels.length - 1, 4)
    .bits(depthCode, 3)
    .bits(0, 1);
  if (index < 128) header.bits(index, 8);
  else header.bits(0xc0 | (index >> 6), 8).bits(0x80 | (index & 63), 8);
  header.bits(length - 1, 16);
  if (!bareFrames) header.bits(inTens ? sampleRate / 10 : sampleRate, 16);
  const head = header.finish();
  const writer = new BitWriter();
  for (const byte of head) writer.bits(byte, 8);
  writer.bits(checksum(head, 8, 0x07), 8);
  for (const channel of channels) subframe(writer, channel, start, length, bits);
  const body = writer.finish();
  spoil?.(body.subarray(head.length + 1), index);
  return concatenate([body, new BitWriter().bits(checksum(body, 16, 0x8005), 16).finish()]);
}

function subframe(writer: BitWriter, channel: ArrayLike<number>, start: number, length: number, bits: number): void {
  const scale = 2 ** (bits - 1);
  const samples = Array.from({ length }, (_, n) =>
    Math.max(-scale, Math.min(scale - 1, Math.round((channel[start + n] ?? 0) * scale))),
  );
  if (length < 3) {
    writer.bits(0b10, 8);
    for (const sample of samples) writer.bits(sample, bits);
    return;
  }
  writer.bits(0b0010100, 8);
  writer.bits(samples[0] ?? 0, bits).bits(samples[1] ?? 0, bits);
  const at = (n: number): number => samples[n] ?? 0;
  const residual = samples.slice(2).map((sample, n) => {
    const difference = sample - 2 * at(n + 1) + at(n);
    return difference < 0 ? -2 * difference - 1 : 2 * difference;
  });
  const mean = residual.reduce((sum, value) => sum + value, 0) / residual.length;
  const rice = Math.max(0, Math.min(30, Math.floor(Math.log2(mean + 1))));
  writer.bits(1, 2).bits(0, 4).bits(rice, 5);
  for (const value of residual) {
    for (let zero = Math.floor(value / 2 ** rice); zero > 0; zero--) writer.bits(0, 1);
    writer.bits(1, 1).bits(value % 2 ** rice, rice);
  }
}

class BitWriter {
  private readonly bytes: number[] = [];
  private last = 0;
  private used = 0;

  /** The lowest `count` bits of a whole number, negative ones in two's complement. */
  bits(value: number, count: number): this {
    for (let bit = count - 1; bit >= 0; bit--) {
      this.last = (this.last << 1) | (Math.floor(value / 2 ** bit) & 1);
      this.used++;
      if (this.used < 8) continue;
      this.bytes.push(this.last);
      this.last = 0;
      this.used = 0;
    }
    return this;
  }

  finish(): Uint8Array {
    while (this.used > 0) this.bits(0, 1);
    return Uint8Array.from(this.bytes);
  }
}

function checksum(bytes: Uint8Array, width: 8 | 16, polynomial: number): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << (width - 8);
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc << 1) ^ ((crc >> (width - 1)) & 1 ? polynomial : 0);
      crc &= 2 ** width - 1;
    }
  }
  return crc;
}

function ascii(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
