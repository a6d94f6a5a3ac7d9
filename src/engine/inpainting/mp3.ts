import { MPEGDecoder } from "mpg123-decoder";
import { checkDuration, checkLayout, type DecodedAudio, unsupportedFormat } from "./decoded-audio.js";
import { findMpegFrames, readMpegFrameHeader } from "./mpeg-frame.js";
import { quietly } from "./quietly.js";
import { SampleBuffer } from "./sample-buffer.js";
import { id3Length } from "./sniff.js";

/** Fed piece by piece, so that the sample limit and the damage limit act before a hostile file is decoded to its end. */
const PIECE_BYTES = 65_536;
/** libmpg123 "decodes" noise with an error every few frames; a sound file has none, a scratched one a handful. */
const MAX_ERRORS_PER_FRAME = 0.01;
const TOLERATED_ERRORS = 3;
/** Samples of an MPEG-1 layer III frame; no other has more. */
const LARGEST_FRAME_SAMPLES = 1152;

/**
 * Decodes MPEG audio with libmpg123 (encoder delay and padding are trimmed when the file says how much).
 * The decoder always answers with two channels, so a mono stream, by its first header, keeps the first one only.
 */
export async function decodeMp3(bytes: Uint8Array): Promise<DecodedAudio> {
  const first = findMpegFrames(bytes, id3Length(bytes), bytes.length);
  if (first === null) throw unsupportedFormat("This MP3 file is damaged: no two MPEG frames follow each other.");
  const { sampleRate, channelCount } = first.header;
  checkLayout("MP3", sampleRate, channelCount);
  const chain = walkFrames(bytes, first.offset);
  const buffer = new SampleBuffer(sampleRate, channelCount, chain.frameCount * LARGEST_FRAME_SAMPLES);
  const errors = await decodePieces(bytes.subarray(first.offset), sampleRate, buffer);
  const { frameCount } = buffer;
  if (errors.length > TOLERATED_ERRORS + (MAX_ERRORS_PER_FRAME * frameCount) / LARGEST_FRAME_SAMPLES) {
    throw unsupportedFormat(
      `This MP3 file is damaged: ${errors.length} errors in ${(frameCount / sampleRate).toFixed(1)} s of audio, the first: ${errors[0]}.`,
    );
  }
  checkDuration(frameCount, sampleRate, channelCount);
  const warnings: string[] = [];
  if (errors.length > 0) {
    warnings.push(
      `The MP3 file is damaged in ${errors.length} place(s), the first: ${errors[0]}; the audio that could be read was used.`,
    );
  }
  if (chain.endsInsideFrame) warnings.push("The MP3 file ends inside a frame; the audio that is there was used.");
  const channels = buffer.take(0, frameCount);
  return { channels, sampleRate, encoding: "lossy", format: "mp3", channelMask: 0, warnings };
}

/** Returns what the decoder complained about. */
async function decodePieces(bytes: Uint8Array, sampleRate: number, buffer: SampleBuffer): Promise<string[]> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  try {
    const errors: string[] = [];
    for (let offset = 0; offset < bytes.length; offset += PIECE_BYTES) {
      const piece = quietly(() => decoder.decode(bytes.subarray(offset, offset + PIECE_BYTES)));
      for (const { message } of piece.errors) errors.push(message);
      if (piece.samplesDecoded === 0) continue;
      if (piece.sampleRate !== sampleRate) {
        throw unsupportedFormat(
          `Expected one sample rate throughout, got ${sampleRate} Hz and then ${piece.sampleRate} Hz in this MP3 file.`,
        );
      }
      buffer.append(piece.channelData);
    }
    return errors;
  } finally {
    decoder.free();
  }
}

/** Follows the headers from one frame to the next; where the chain breaks, the rest is not counted. */
function walkFrames(bytes: Uint8Array, firstOffset: number): { frameCount: number; endsInsideFrame: boolean } {
  let offset = firstOffset;
  for (let frameCount = 0; ; frameCount++) {
    const header = readMpegFrameHeader(bytes, offset);
    if (header === null) return { frameCount, endsInsideFrame: offset > bytes.length };
    offset += header.frameBytes;
  }
}
