import { decodeAiff } from "./aiff.js";
import { AudioError } from "./audio-error.js";
import type { ByteSource } from "./byte-source.js";
import { decodeOgg } from "./decode-ogg.js";
import { type DecodedAudio, silenceNonFinite, unsupportedFormat } from "./decoded-audio.js";
import { type SniffedFormat, sniffFormat } from "./sniff.js";
import { decodeWav } from "./wav.js";

type Decoder<Bytes> = (bytes: Bytes) => DecodedAudio | Promise<DecodedAudio>;

/** One file per format; a new decoder is one line here and one name in `SUPPORTED_FORMATS`. */
const PIECEWISE_DECODERS: Partial<Record<SniffedFormat, Decoder<ByteSource>>> = { wav: decodeWav, aiff: decodeAiff };
/** Those of compressed files, which are small enough to be held as a whole. Each is loaded when a file first needs it. */
const DECODERS: Partial<Record<SniffedFormat, Decoder<Uint8Array>>> = {
  flac: async (bytes) => (await import("./flac.js")).decodeFlac(bytes),
  mp3: async (bytes) => (await import("./mp3.js")).decodeMp3(bytes),
  "ogg-vorbis": async (bytes) => decodeOgg(bytes, (await import("./ogg-vorbis.js")).OGG_VORBIS),
  "ogg-opus": async (bytes) => decodeOgg(bytes, (await import("./ogg-opus.js")).OGG_OPUS),
  "ogg-flac": async (bytes) => decodeOgg(bytes, (await import("./flac.js")).OGG_FLAC),
};

/** What to say about a file that was recognised but cannot be read. */
const REFUSALS: Partial<Record<SniffedFormat, string>> = {
  empty: "The file is empty.",
  html: "This looks like a web page, not audio: check that the address leads to the file itself.",
  text: "This looks like text, not audio.",
  ogg: "This is an Ogg file without Vorbis, Opus or FLAC audio, or its first page is damaged.",
  m4a: "This is an MP4 or M4A (AAC) file, which is not supported.",
  aac: "This is a raw AAC file, which is not supported.",
  webm: "This is a WebM or Matroska file, which is not supported.",
};

/** Enough to tell the formats by that are read piece by piece. */
const HEAD_BYTES = 16;

/**
 * Decodes a file chosen by its content. Non-finite samples become silence, with a warning.
 * Throws AudioError for everything that is not usable audio.
 */
export async function decodeAudio(source: ByteSource): Promise<DecodedAudio> {
  const audio = await decodePieces(source);
  const replaced = silenceNonFinite(audio.channels);
  if (replaced > 0) audio.warnings.push(`${replaced} samples were not finite numbers and were replaced by silence.`);
  return audio;
}

async function decodePieces(source: ByteSource): Promise<DecodedAudio> {
  const format = sniffFormat(source.subarray(0, HEAD_BYTES));
  const decoder = PIECEWISE_DECODERS[format];
  if (decoder === undefined) return decodeWhole(source.subarray(0, source.length));
  return decodeOrRefuse(format, () => decoder(source));
}

async function decodeWhole(bytes: Uint8Array): Promise<DecodedAudio> {
  const format = sniffFormat(bytes);
  const decoder = DECODERS[format];
  if (decoder === undefined) {
    throw unsupportedFormat(REFUSALS[format] ?? "This file is not in any audio format known here.");
  }
  return decodeOrRefuse(format, () => decoder(bytes));
}

/** Decoders fail in many ways on damaged files, TypeErrors included; the caller gets one kind of error for all. */
async function decodeOrRefuse(
  format: SniffedFormat,
  decode: () => DecodedAudio | Promise<DecodedAudio>,
): Promise<DecodedAudio> {
  try {
    return await decode();
  } catch (cause) {
    if (cause instanceof AudioError) throw cause;
    throw unsupportedFormat(`This ${format} file is damaged beyond use.`, cause);
  }
}
