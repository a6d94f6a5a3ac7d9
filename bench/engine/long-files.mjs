// @ts-check
import { readFile } from "node:fs/promises";
import { createMp3Encoder, createOggEncoder } from "wasm-media-encoders";
import { encodeWav } from "../../dist/engine/inpainting/wav-writer.js";
import { encodeFlac } from "./flac-encoder.mjs";

/** @typedef {import("./clips.mjs").Clip} Clip */

/** Three seconds of stereo, encoded by libopus: nothing here can write Opus. */
const OPUS_LOOP = new URL("../../test/engine/inpainting/beat-loop.opus", import.meta.url);
const OPUS_PACKET_FRAMES = 960;
const OPUS_RATE = 48_000;
const PACKETS_A_PAGE = 50;

/** A clip in every format; the Opus file lasts as long, but plays something else. @param {Clip} clip */
export async function filesOf(clip) {
  const wav = (/** @type {"int16" | "int24" | "int32"} */ depth) => encodeWav(clip.channels, clip.sampleRate, depth);
  const seconds = (clip.channels[0]?.length ?? 0) / clip.sampleRate;
  return {
    "WAV, 16 bits": wav("int16"),
    "WAV, 24 bits": wav("int24"),
    "WAV, 32 bits": wav("int32"),
    "AIFF, 16 bits": aiff(clip),
    "FLAC, 16 bits": encodeFlac(clip, 16),
    "FLAC, 24 bits": encodeFlac(clip, 24),
    MP3: encode(clip, await createMp3Encoder()),
    "Ogg Vorbis": encode(clip, await createOggEncoder()),
    "Ogg Opus": repeatOpus(await readFile(OPUS_LOOP), seconds),
  };
}

/** @param {Clip} clip @param {import("wasm-media-encoders").WasmMediaEncoder<any>} encoder */
function encode({ channels, sampleRate }, encoder) {
  encoder.configure({ sampleRate, channels: 2 });
  return Buffer.concat([encoder.encode(channels).slice(), encoder.finalize().slice()]);
}

/** @param {Clip} clip */
function aiff({ channels, sampleRate }) {
  const samples = Buffer.from(encodeWav(channels, sampleRate, "int16").subarray(44)).swap16();
  const common = Buffer.alloc(18);
  common.writeUInt16BE(channels.length, 0);
  common.writeUInt32BE(channels[0]?.length ?? 0, 2);
  common.writeUInt16BE(16, 6);
  // The rate as an 80-bit float whose mantissa is the rate itself, moved to the top.
  common.writeUInt16BE(16_383 + 31 - Math.clz32(sampleRate), 8);
  common.writeUInt32BE((sampleRate << Math.clz32(sampleRate)) >>> 0, 10);
  return chunk(
    "FORM",
    Buffer.concat([Buffer.from("AIFF"), chunk("COMM", common), chunk("SSND", Buffer.alloc(8), samples)]),
  );
}

/** @param {string} id @param {Buffer[]} parts */
function chunk(id, ...parts) {
  const head = Buffer.alloc(8, id);
  head.writeUInt32BE(
    parts.reduce((sum, { length }) => sum + length, 0),
    4,
  );
  return Buffer.concat([head, ...parts]);
}

/** The packets of an Ogg Opus file over and over, in pages of a second (RFC 3533, RFC 7845). @param {Buffer} file @param {number} seconds */
function repeatOpus(file, seconds) {
  const [head, tags, ...audio] = packetsOf(file);
  if (head === undefined || tags === undefined) throw new Error("The Opus loop is damaged");
  const count = Math.ceil((seconds * OPUS_RATE) / OPUS_PACKET_FRAMES);
  const pages = [page([head], 0, 0, 2), page([tags], 0, 1, 0)];
  for (let first = 0; first < count; first += PACKETS_A_PAGE) {
    const last = Math.min(count, first + PACKETS_A_PAGE);
    const packets = Array.from({ length: last - first }, (_, n) => audio[(first + n) % audio.length] ?? tags);
    pages.push(page(packets, last * OPUS_PACKET_FRAMES, pages.length, last === count ? 4 : 0));
  }
  return Buffer.concat(pages);
}

/** @param {Buffer} file */
function packetsOf(file) {
  const packets = [];
  for (let offset = 0; offset < file.length; ) {
    const segments = file.subarray(offset + 27, offset + 27 + (file[offset + 26] ?? 0));
    let start = offset + 27 + segments.length;
    for (let length = 0, segment = 0; segment < segments.length; segment++) {
      length += segments[segment] ?? 0;
      if (segments[segment] === 255) continue;
      packets.push(file.subarray(start, start + length));
      start += length;
      length = 0;
    }
    offset = start;
  }
  return packets;
}

/** @param {Buffer[]} packets @param {number} granule @param {number} sequence @param {number} flags 2: first, 4: last */
function page(packets, granule, sequence, flags) {
  const lacing = packets.flatMap(({ length }) => [...Array(Math.floor(length / 255)).fill(255), length % 255]);
  const head = Buffer.alloc(27, "OggS\0");
  head.fill(0, 4);
  head[5] = flags;
  head.writeBigInt64LE(BigInt(granule), 6);
  head.writeUInt32LE(sequence, 18);
  head[26] = lacing.length;
  const bytes = Buffer.concat([head, Uint8Array.from(lacing), ...packets]);
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  }
  bytes.writeUInt32LE(crc >>> 0, 22);
  return bytes;
}
