import { Damage } from "./damage.js";
import { checkDuration, type DecodedAudio, type SampleEncoding, unsupportedFormat } from "./decoded-audio.js";
import { GranuleSpan } from "./granule-span.js";
import { lastGranule, readOggStream } from "./ogg.js";
import { SampleBuffer } from "./sample-buffer.js";

/** A codec as Ogg carries it: made from the stream's first packet, then given all packets, that one included. */
export interface PacketDecoder {
  readonly sampleRate: number;
  readonly channelCount: number;
  readonly channelMask: number;
  readonly encoding: SampleEncoding;
  /** Samples at the start that are not part of the audio. */
  readonly preSkip: number;
  /** Passes over packets that carry no audio. Channels come in WAV's order. */
  decode(packets: readonly Uint8Array[]): Promise<DecodedPackets>;
  free(): void;
}

export interface DecodedPackets {
  channelData: Float32Array[];
  errors: readonly { frameLength: number }[];
}

export interface OggCodec {
  /** For messages: "Ogg Opus"; and for the log: "ogg-opus". */
  name: string;
  format: string;
  isStart(firstPacket: Uint8Array): boolean;
  /** @throws AudioError when the first packet asks for what can't be done */
  open(firstPacket: Uint8Array): Promise<PacketDecoder>;
}

/** Decodes a codec's first stream in an Ogg file, page by page; beginning and end are cut to the sample. */
export async function decodeOgg(bytes: Uint8Array, { name, format, isStart, open }: OggCodec): Promise<DecodedAudio> {
  const damage = new Damage(name, bytes.length);
  const granules = new GranuleSpan();
  let decoder: PacketDecoder | undefined;
  let buffer: SampleBuffer | undefined;
  let isWhole = false;
  try {
    for (const { packets, granule, isLast } of readOggStream(bytes, isStart, damage)) {
      decoder ??= await open(packets[0] ?? new Uint8Array(0));
      buffer ??= new SampleBuffer(decoder.sampleRate, decoder.channelCount, lastGranule(bytes));
      const framesBefore = buffer.frameCount;
      const { channelData, errors } = await decoder.decode(packets);
      damage.loseFrames(errors);
      buffer.append(channelData);
      const hasAudio = buffer.frameCount > framesBefore;
      if (granule !== null && (hasAudio || isLast)) granules.addPage(granule, isLast, framesBefore, buffer.frameCount);
      isWhole = isLast;
    }
  } finally {
    decoder?.free();
  }
  if (decoder === undefined || buffer === undefined) {
    throw unsupportedFormat(`This ${name} file is damaged beyond use: its first page can't be read.`);
  }
  const { sampleRate, channelCount, channelMask, encoding, preSkip } = decoder;
  const { start, end } = granules.span(preSkip);
  const channels = buffer.take(start, end);
  const frameCount = channels[0]?.length ?? 0;
  damage.requireClip(frameCount, sampleRate);
  checkDuration(frameCount, sampleRate, channelCount);
  const warnings = damage.warnings();
  if (!isWhole) warnings.push(`The ${name} file ends early; the audio that is there was used.`);
  return { channels, sampleRate, encoding, channelMask, format, warnings };
}
