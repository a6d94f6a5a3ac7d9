// @ts-check
// FLAC (RFC 9639) as small as measuring needs it: independent channels, second-order fixed prediction, one Rice partition
// a block. It compresses music to some two thirds, as a plain setting of the reference encoder does.

const BLOCK_FRAMES = 4096;

/** Writes numbers of any length in bits, highest bit first. */
class BitWriter {
  #bytes = new Uint8Array(1 << 20);
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  /** @param {number} value its lowest bits count @param {number} count up to 24 */
  write(value, count) {
    this.#pending = (this.#pending << count) | (value & (2 ** count - 1));
    this.#pendingBits += count;
    while (this.#pendingBits >= 8) {
      this.#pendingBits -= 8;
      this.#bytes[this.#length++] = this.#pending >> this.#pendingBits;
      this.#pending &= (1 << this.#pendingBits) - 1;
    }
  }

  /** What was written, filled up to a whole byte; the writer is empty afterwards. */
  take() {
    if (this.#pendingBits > 0) this.write(0, 8 - this.#pendingBits);
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return bytes;
  }
}

/** @param {{ channels: Float32Array[], sampleRate: number }} clip @param {16 | 24} bits */
export function encodeFlac({ channels, sampleRate }, bits) {
  const scale = 2 ** (bits - 1);
  const integers = channels.map((samples) =>
    Int32Array.from(samples, (sample) => Math.max(-scale, Math.min(scale - 1, Math.round(sample * scale)))),
  );
  const frameCount = integers[0]?.length ?? 0;
  const writer = new BitWriter();
  const parts = [streamHead(writer, { sampleRate, channelCount: channels.length, bits, frameCount })];
  for (let start = 0, index = 0; start < frameCount; start += BLOCK_FRAMES, index++) {
    const blocks = integers.map((samples) => samples.subarray(start, start + BLOCK_FRAMES));
    parts.push(frame(writer, blocks, index, bits));
  }
  return Buffer.concat(parts);
}

/**
 * "fLaC" and the STREAMINFO block.
 *
 * @param {BitWriter} writer
 * @param {{ sampleRate: number, channelCount: number, bits: number, frameCount: number }} info
 */
function streamHead(writer, { sampleRate, channelCount, bits, frameCount }) {
  for (const byte of Buffer.from("fLaC")) writer.write(byte, 8);
  writer.write(0x80, 8);
  writer.write(34, 24);
  for (const blockFrames of [BLOCK_FRAMES, BLOCK_FRAMES]) writer.write(blockFrames, 16);
  for (const frameBytes of [0, 0]) writer.write(frameBytes, 24);
  writer.write(sampleRate, 20);
  writer.write(channelCount - 1, 3);
  writer.write(bits - 1, 5);
  writer.write(0, 4);
  writer.write(frameCount >>> 16, 16);
  writer.write(frameCount, 16);
  for (let byte = 0; byte < 16; byte++) writer.write(0, 8);
  return writer.take();
}

/** @param {BitWriter} writer @param {Int32Array[]} blocks of each channel @param {number} index @param {number} bits */
function frame(writer, blocks, index, bits) {
  const length = blocks[0]?.length ?? 0;
  writer.write(0xfff8, 16);
  // The block's size comes in 16 bits of its own; the rate is the stream's.
  writer.write(0x70, 8);
  writer.write(((blocks.length - 1) << 4) | (bits === 16 ? 8 : 12), 8);
  if (index < 0x80) writer.write(index, 8);
  else if (index < 0x800) writer.write(0xc080 | ((index >> 6) << 8) | (index & 63), 16);
  else writer.write(0xe08080 | ((index >> 12) << 16) | (((index >> 6) & 63) << 8) | (index & 63), 24);
  writer.write(length - 1, 16);
  const head = writer.take();
  for (const byte of [...head, checksum(head, 8, 0x07)]) writer.write(byte, 8);
  for (const samples of blocks) subframe(writer, samples, bits);
  const body = writer.take();
  const crc = checksum(body, 16, 0x8005);
  return Buffer.concat([body, Uint8Array.of(crc >> 8, crc & 255)]);
}

/** @param {BitWriter} writer @param {Int32Array} samples @param {number} bits */
function subframe(writer, samples, bits) {
  const order = Math.min(2, samples.length);
  writer.write((8 + order) << 1, 8);
  for (let n = 0; n < order; n++) writer.write(samples[n] ?? 0, bits);
  const residual = new Uint32Array(samples.length - order);
  let sum = 0;
  for (let n = 0; n < residual.length; n++) {
    const difference = (samples[n + 2] ?? 0) - 2 * (samples[n + 1] ?? 0) + (samples[n] ?? 0);
    residual[n] = difference < 0 ? -2 * difference - 1 : 2 * difference;
    sum += residual[n] ?? 0;
  }
  const rice = Math.max(0, Math.min(24, Math.floor(Math.log2(sum / Math.max(1, residual.length) + 1))));
  // One partition whose parameter has five bits.
  writer.write(0b01_0000, 6);
  writer.write(rice, 5);
  for (const value of residual) {
    for (let zeros = value >>> rice; zeros > 0; zeros -= Math.min(16, zeros)) writer.write(0, Math.min(16, zeros));
    writer.write(1, 1);
    writer.write(value, rice);
  }
}

/** @param {Uint8Array} bytes @param {8 | 16} width @param {number} polynomial */
function checksum(bytes, width, polynomial) {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << (width - 8);
    for (let bit = 0; bit < 8; bit++)
      crc = ((crc << 1) ^ ((crc >> (width - 1)) & 1 ? polynomial : 0)) & (2 ** width - 1);
  }
  return crc;
}
