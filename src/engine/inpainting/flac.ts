import { FLACDecoder } from "@wasm-audio-decoders/flac";
import { speakerMask } from "./channel-order.js";
import { Damage } from "./damage.js";
import type { DecodedPackets, OggCodec, PacketDecoder } from "./decode-ogg.js";
import {
  checkDuration,
  checkLayout,
  type DecodedAudio,
  type SampleEncoding,
  unsupportedFormat,
} from "./decoded-audio.js";
import {
  type FlacFrame,
  type FlacStreamInfo,
  findFlacFrames,
  readFlacFrame,
  readStreamInfo,
  STREAMINFO_BYTES,
} from "./flac-frame.js";
import { integerEncoding } from "./pcm.js";
import { quietly } from "./quietly.js";
import { SampleBuffer } from "./sample-buffer.js";
import { id3Length } from "./sniff.js";

/** Frames given to the decoder in one call: some seconds, so that nothing large is held twice. */
const BATCH_FRAMES = 32;
/** "fLaC", then the header of the STREAMINFO block. */
const STREAMINFO_OFFSET = 8;
const STREAM_HEAD_BYTES = STREAMINFO_OFFSET + STREAMINFO_BYTES;
/** 0x7f "FLAC", two version bytes, the number of header packets: what stands before "fLaC" in Ogg (RFC 9639, 10.1). */
const OGG_PREFIX_BYTES = 9;
/** Marks a metadata block, of type 0 here, as the last one. */
const LAST_BLOCK = 0x80;
/** With eight, the decoder overwrites memory of its own and fails after a few frames. */
const MAX_FLAC_CHANNELS = 7;
/** The decoder gives infinities for all others, and 32 bits would not fit into its Float32. */
const DEPTHS = [8, 16, 24];

/**
 * Decodes FLAC with libFLAC, exactly. Frames stand where their own number says: one that was lost leaves silence of its
 * length, so that what follows keeps its time.
 */
export async function decodeFlac(bytes: Uint8Array): Promise<DecodedAudio> {
  const start = id3Length(bytes);
  const head = bytes.subarray(start, start + STREAM_HEAD_BYTES);
  const info = checkedStreamInfo(head);
  const { sampleRate, channelCount, totalFrames } = info;
  const damage = new Damage("FLAC", bytes.length);
  const buffer = new SampleBuffer(sampleRate, channelCount, totalFrames);
  const decoder = await FrameDecoder.open(head, info);
  try {
    let origin: number | undefined;
    for (const batch of inBatches(findFlacFrames(bytes, endOfMetadata(bytes, start), info, damage))) {
      // A stream cut out of a longer one does not start at 0; neither does one whose first frames are lost.
      origin ??= damage.isFound ? 0 : (batch[0]?.position ?? 0);
      const missing = (batch[0]?.position ?? 0) - origin - buffer.frameCount;
      if (missing > 0) buffer.appendSilence(missing);
      const { channelData, errors } = await decoder.decode(batch);
      damage.loseFrames(errors);
      buffer.append(channelData);
    }
  } finally {
    decoder.free();
  }
  const channels = buffer.take(0, buffer.frameCount);
  damage.requireClip(buffer.frameCount, sampleRate);
  checkDuration(buffer.frameCount, sampleRate, channelCount);
  const warnings = damage.warnings();
  const missing = totalFrames - buffer.frameCount;
  if (missing > 0) warnings.push(`The FLAC file ends ${missing} samples early; the audio that is there was used.`);
  return {
    channels,
    sampleRate,
    encoding: encodingOf(info),
    channelMask: speakerMask(channelCount),
    format: "flac",
    warnings,
  };
}

/** FLAC in Ogg, one frame a packet. */
export const OGG_FLAC: OggCodec = {
  name: "Ogg FLAC",
  format: "ogg-flac",
  isStart: (packet) => String.fromCharCode(...packet.subarray(0, 5)) === "\x7fFLAC",
  async open(firstPacket): Promise<PacketDecoder> {
    const head = firstPacket.subarray(OGG_PREFIX_BYTES, OGG_PREFIX_BYTES + STREAM_HEAD_BYTES);
    const info = checkedStreamInfo(head);
    const { sampleRate, channelCount } = info;
    const decoder = await FrameDecoder.open(head, info);
    return {
      sampleRate,
      channelCount,
      channelMask: speakerMask(channelCount),
      encoding: encodingOf(info),
      preSkip: 0,
      decode: (packets) => decoder.decode(packets.flatMap((packet) => readFlacFrame(packet, info) ?? [])),
      free: () => decoder.free(),
    };
  },
};

/** libFLAC behind a call that gives back the very integers, as value / 2^(bits - 1). */
class FrameDecoder {
  private constructor(
    private readonly decoder: FLACDecoder,
    private readonly info: FlacStreamInfo,
  ) {}

  /** `head`: the stream's first bytes, which say what its frames may leave out. */
  static async open(head: Uint8Array, info: FlacStreamInfo): Promise<FrameDecoder> {
    const decoder = new FLACDecoder();
    await decoder.ready;
    const onlyBlock = head.slice();
    onlyBlock[4] = LAST_BLOCK;
    await quietly(() => decoder.decodeFrames([onlyBlock]));
    return new FrameDecoder(decoder, info);
  }

  async decode(frames: readonly FlacFrame[]): Promise<DecodedPackets> {
    const { channelCount, bits } = this.info;
    if (frames.length === 0)
      return { channelData: Array.from({ length: channelCount }, () => new Float32Array(0)), errors: [] };
    const { channelData, errors } = await quietly(() => this.decoder.decodeFrames(frames.map(({ bytes }) => bytes)));
    for (const samples of channelData) restoreIntegers(samples, 2 ** (bits - 1));
    // A gap between frames was counted where it was found.
    return { channelData, errors: errors.filter(({ message }) => !message.includes("MISSING_FRAME")) };
  }

  free(): void {
    this.decoder.free();
  }
}

/** The decoder divides by scale - 1, the largest positive value; Float32 is fine enough to find the integer again. */
function restoreIntegers(samples: Float32Array, scale: number): void {
  // Adding and taking away 1.5 * 2^52 leaves no room for a fraction: a rounding that is many times faster than Math.round.
  const rounder = 1.5 * 2 ** 52;
  for (let n = 0; n < samples.length; n++) {
    samples[n] = ((samples[n] as number) * (scale - 1) + rounder - rounder) / scale;
  }
}

/** Frames that follow each other without a gap, so many at a time; frames that repeat what was there are left out. */
function* inBatches(frames: Iterable<FlacFrame>): Generator<FlacFrame[]> {
  let batch: FlacFrame[] = [];
  let next = 0;
  for (const frame of frames) {
    if (frame.position < next) continue;
    if (batch.length === BATCH_FRAMES || (batch.length > 0 && frame.position > next)) {
      yield batch;
      batch = [];
    }
    batch.push(frame);
    next = frame.position + frame.blockSize;
  }
  if (batch.length > 0) yield batch;
}

/** @throws AudioError for a block that is not there or asks for what can't be done */
function checkedStreamInfo(head: Uint8Array): FlacStreamInfo {
  const info = readStreamInfo(head, STREAMINFO_OFFSET);
  if (info === null) throw unsupportedFormat("This FLAC file is damaged: its first block is not whole.");
  checkLayout("FLAC", info.sampleRate, info.channelCount);
  if (info.channelCount > MAX_FLAC_CHANNELS) {
    throw unsupportedFormat(
      `Expected 1 to ${MAX_FLAC_CHANNELS} channels, got ${info.channelCount} in this FLAC file. Convert it to WAV.`,
    );
  }
  if (!DEPTHS.includes(info.bits)) {
    throw unsupportedFormat(
      `Expected 8, 16 or 24 bits a sample, got ${info.bits} in this FLAC file. Convert it to one of these.`,
    );
  }
  return info;
}

/** Where the metadata blocks end by their own lengths; where those lead nowhere, behind the first. */
function endOfMetadata(bytes: Uint8Array, start: number): number {
  for (let offset = start + 4; offset + 4 <= bytes.length; ) {
    const [head = 0, a = 0, b = 0, c = 0] = bytes.subarray(offset, offset + 4);
    offset += 4 + a * 65_536 + b * 256 + c;
    if (head >= 128 && offset <= bytes.length) return offset;
  }
  return start + STREAM_HEAD_BYTES;
}

function encodingOf({ bits }: FlacStreamInfo): SampleEncoding {
  return integerEncoding(bits) ?? "int24";
}
