import { OpusDecoder } from "opus-decoder";
import { fromVorbisOrder, speakerMask } from "./channel-order.js";
import type { DecodedPackets, OggCodec, PacketDecoder } from "./decode-ogg.js";
import { checkLayout, unsupportedFormat } from "./decoded-audio.js";
import { quietly } from "./quietly.js";

/** What Opus decodes to whatever was encoded (RFC 7845, 5.1). */
const SAMPLE_RATE = 48_000;
/** The decoder's input room, per channel. RFC 7845 allows to pass over packets above 61,440 bytes per stream; none is near. */
const MAX_PACKET_BYTES_PER_CHANNEL = 3_840;
const HEADER_BYTES = 19;

interface OpusHead {
  channels: number;
  preSkip: number;
  /** Factor for every sample. */
  gain: number;
  family: number;
  streamCount: number;
  coupledStreamCount: number;
  channelMappingTable: number[];
}

/** Ogg Opus, by libopus. */
export const OGG_OPUS: OggCodec = {
  name: "Ogg Opus",
  format: "ogg-opus",
  isStart: (packet) => startsWith(packet, "OpusHead"),
  open: openOpus,
};

async function openOpus(firstPacket: Uint8Array): Promise<PacketDecoder> {
  const { preSkip, gain, family, ...options } = readOpusHead(firstPacket);
  const channelCount = options.channels;
  // Pre-skip is cut off with the rest, by position.
  const decoder = new OpusDecoder({ ...options, preSkip: 0 });
  await decoder.ready;
  return {
    sampleRate: SAMPLE_RATE,
    channelCount,
    channelMask: family === 255 ? 0 : speakerMask(channelCount),
    encoding: "lossy",
    preSkip,
    async decode(packets): Promise<DecodedPackets> {
      const audio = packets.filter((packet) => packet.length > 0 && !isHeader(packet));
      const fitting = audio.filter(({ length }) => length <= MAX_PACKET_BYTES_PER_CHANNEL * channelCount);
      const tooLarge = audio.filter((packet) => !fitting.includes(packet));
      const { channelData, errors } = quietly(() => decoder.decodeFrames(fitting));
      if (gain !== 1) for (const samples of channelData) scale(samples, gain);
      return {
        channelData: family === 255 ? channelData : fromVorbisOrder(channelData),
        errors: [...errors, ...tooLarge.map(({ length }) => ({ frameLength: length }))],
      };
    },
    free: () => decoder.free(),
  };
}

/** RFC 7845, 5.1. @throws AudioError for what libopus must not be given */
function readOpusHead(packet: Uint8Array): OpusHead {
  if (packet.length < HEADER_BYTES) throw unsupportedFormat("This Ogg Opus file is damaged: its header is too short.");
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const channels = view.getUint8(9);
  const family = view.getUint8(18);
  checkLayout("Ogg Opus", SAMPLE_RATE, channels);
  const preSkip = view.getUint16(10, true);
  const gain = 10 ** (view.getInt16(16, true) / 256 / 20);
  if (family === 0 && channels <= 2) {
    const channelMappingTable = [0, 1].slice(0, channels);
    return { channels, preSkip, gain, family, streamCount: 1, coupledStreamCount: channels - 1, channelMappingTable };
  }
  const [streamCount = 0, coupledStreamCount = 0, ...mapping] = packet.subarray(HEADER_BYTES);
  const channelMappingTable = mapping.slice(0, channels);
  const decodedCount = streamCount + coupledStreamCount;
  const isSound =
    (family === 1 || family === 255) &&
    streamCount > 0 &&
    coupledStreamCount <= streamCount &&
    channelMappingTable.length === channels &&
    channelMappingTable.every((place) => place === 255 || place < decodedCount);
  if (!isSound) {
    throw unsupportedFormat(
      `Expected Opus channel mapping family 0, 1 or 255 with its table, got family ${family} with ${channels} channels in ${streamCount} streams.`,
    );
  }
  return { channels, preSkip, gain, family, streamCount, coupledStreamCount, channelMappingTable };
}

function scale(samples: Float32Array, factor: number): void {
  for (let n = 0; n < samples.length; n++) samples[n] = (samples[n] as number) * factor;
}

function isHeader(packet: Uint8Array): boolean {
  return startsWith(packet, "OpusHead") || startsWith(packet, "OpusTags");
}

function startsWith(packet: Uint8Array, text: string): boolean {
  return String.fromCharCode(...packet.subarray(0, text.length)) === text;
}
