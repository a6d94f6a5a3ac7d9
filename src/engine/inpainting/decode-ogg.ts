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

/** A decoder is made for each stream of a chain, which takes its time and memory. */
const MAX_STREAMS = 32;

/**
 * Decodes a codec's first stream in an Ogg file, page by page, and what is chained behind it as long as rate and channels
 * stay the same. The beginning and end of each are cut to the sample.
 */
export async function decodeOgg(bytes: Uint8Array, { name, format, isStart, open }: OggCodec): Promise<DecodedAudio> {
  const damage = new Damage(name, bytes.length);
  let decoder: PacketDecoder | undefined;
  let buffer: SampleBuffer | undefined;
  let granules = new GranuleSpan();
  /** Where the stream that is being read begins in the buffer. */
  let origin = 0;
  let audibleStart = 0;
  let isWhole = false;
  let streamCount = 0;
  let isPart = false;
  const cut = (buffer: SampleBuffer, { preSkip }: PacketDecoder): void => {
    const { start, end } = granules.span(preSkip);
    buffer.truncate(origin + end);
    // The first one's beginning is left out when all is taken: moving all the rest up would cost more.
    if (origin === 0) audibleStart = start;
    else buffer.remove(origin, start);
  };
  try {
    for (const { isFirst, packets, granule, isLast } of readOggStream(bytes, isStart, damage)) {
      if (isFirst) {
        const next = await open(packets[0] ?? new Uint8Array(0));
        if (decoder !== undefined && buffer !== undefined) {
          const fits = next.sampleRate === decoder.sampleRate && next.channelCount === decoder.channelCount;
          isPart = !fits || streamCount === MAX_STREAMS;
          if (isPart) {
            next.free();
            break;
          }
          cut(buffer, decoder);
          decoder.free();
          granules = new GranuleSpan();
          origin = buffer.frameCount;
        }
        decoder = next;
        streamCount++;
        buffer ??= new SampleBuffer(next.sampleRate, next.channelCount, lastGranule(bytes));
      }
      if (decoder === undefined || buffer === undefined) continue;
      const framesBefore = buffer.frameCount;
      const { channelData, errors } = await decoder.decode(packets);
      damage.loseFrames(errors);
      buffer.append(channelData);
      const hasAudio = buffer.frameCount > framesBefore;
      if (granule !== null && (hasAudio || isLast)) {
        granules.addPage(granule, isLast, framesBefore - origin, buffer.frameCount - origin);
      }
      isWhole = isLast;
    }
  } finally {
    decoder?.free();
  }
  if (decoder === undefined || buffer === undefined) {
    throw unsupportedFormat(`This ${name} file is damaged beyond use: its first page can't be read.`);
  }
  cut(buffer, decoder);
  const { sampleRate, channelCount, channelMask, encoding } = decoder;
  const channels = buffer.take(audibleStart, buffer.frameCount);
  const frameCount = channels[0]?.length ?? 0;
  damage.requireClip(frameCount, sampleRate);
  checkDuration(frameCount, sampleRate, channelCount);
  const warnings = damage.warnings();
  if (!isWhole) warnings.push(`The ${name} file ends early; the audio that is there was used.`);
  if (isPart)
    warnings.push(`The ${name} file goes on with a stream that can't be joined to what comes before; it was left out.`);
  return { channels, sampleRate, encoding, channelMask, format, warnings };
}
