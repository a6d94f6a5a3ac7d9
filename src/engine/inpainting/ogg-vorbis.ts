import { OggVorbisDecoder } from "@wasm-audio-decoders/ogg-vorbis";
import { fromVorbisOrder, speakerMask } from "./channel-order.js";
import type { OggCodec, PacketDecoder } from "./decode-ogg.js";
import { checkLayout } from "./decoded-audio.js";
import { quietly } from "./quietly.js";

type DecoderPage = Parameters<OggVorbisDecoder["decodeOggPages"]>[0][number];

/** First bytes of header packets (Vorbis I specification, 4.2.1); those of audio packets are even. */
const IDENTIFICATION = 1;
const SETUP = 5;
const IDENTIFICATION_BYTES = 30;

/** Ogg Vorbis, by libvorbis. */
export const OGG_VORBIS: OggCodec = {
  name: "Ogg Vorbis",
  format: "ogg-vorbis",
  isStart: (packet) => packet[0] === IDENTIFICATION && String.fromCharCode(...packet.subarray(1, 7)) === "vorbis",
  open: openVorbis,
};

async function openVorbis(identification: Uint8Array): Promise<PacketDecoder> {
  const header = new Uint8Array(IDENTIFICATION_BYTES);
  header.set(identification.subarray(0, IDENTIFICATION_BYTES));
  const view = new DataView(header.buffer);
  const channelCount = view.getUint8(11);
  const sampleRate = view.getUint32(12, true);
  checkLayout("Ogg Vorbis", sampleRate, channelCount);
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  let setup: Uint8Array | undefined;
  return {
    sampleRate,
    channelCount,
    channelMask: speakerMask(channelCount),
    encoding: "lossy",
    preSkip: 0,
    async decode(packets) {
      setup ??= packets.find((packet) => packet[0] === SETUP);
      const audio = packets.filter(([first = 1]) => first % 2 === 0);
      if (setup === undefined || audio.length === 0) return { channelData: silence(channelCount), errors: [] };
      const page = decoderPage(header, setup, audio);
      const { channelData, errors } = await quietly(() => decoder.decodeOggPages([page]));
      return { channelData: fromVorbisOrder(channelData), errors };
    },
    free: () => decoder.free(),
  };
}

/** A page in the form in which the decoder wants it. */
function decoderPage(identification: Uint8Array, vorbisSetup: Uint8Array, packets: readonly Uint8Array[]): DecoderPage {
  const codecFrames = packets.map((data) => ({ data, header: { vorbisSetup } }));
  return { data: identification, codecFrames, isLastPage: false };
}

function silence(channelCount: number): Float32Array[] {
  return Array.from({ length: channelCount }, () => new Float32Array(0));
}
