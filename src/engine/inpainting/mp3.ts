import { MPEGDecoder } from "mpg123-decoder";
import {
  checkDuration,
  checkLayout,
  type DecodedAudio,
  MAX_TOTAL_SAMPLES,
  unsupportedFormat,
} from "./decoded-audio.js";
import { findMpegFrames, readMpegFrameHeader } from "./mpeg-frame.js";
import { id3Length } from "./sniff.js";

/** Fed piece by piece, so that the sample limit and the damage limit act before a hostile file is decoded to its end. */
const PIECE_BYTES = 65_536;
/** libmpg123 "decodes" noise with an error every few frames; a sound file has none, a scratched one a handful. */
const MAX_ERRORS_PER_FRAME = 0.01;
const TOLERATED_ERRORS = 3;
/** Samples of one MPEG-1 layer III frame; only used to relate errors to frames. */
const FRAME_SAMPLES = 1152;

/**
 * Decodes MPEG audio with libmpg123 (encoder delay and padding are trimmed when the file says how much).
 * The decoder always answers with two channels, so a mono stream, by its first header, keeps the first one only.
 */
export async function decodeMp3(bytes: Uint8Array): Promise<DecodedAudio> {
  const first = findMpegFrames(bytes, id3Length(bytes), bytes.length);
  if (first === null) throw unsupportedFormat("This MP3 file is damaged: no two MPEG frames follow each other.");
  const { sampleRate, channelCount } = first.header;
  checkLayout("MP3", sampleRate, channelCount);
  const { pieces, frameCount, errorCount } = await decodePieces(bytes, sampleRate, channelCount);
  if (errorCount > TOLERATED_ERRORS + (MAX_ERRORS_PER_FRAME * frameCount) / FRAME_SAMPLES) {
    throw unsupportedFormat(
      `This MP3 file is damaged: ${errorCount} errors in ${(frameCount / sampleRate).toFixed(1)} s of audio.`,
    );
  }
  checkDuration(frameCount, sampleRate, channelCount);
  const channels = Array.from({ length: channelCount }, (_, channel) => join(pieces, channel, frameCount));
  const warnings =
    errorCount > 0 ? [`The MP3 file is damaged in ${errorCount} place(s); the audio that could be read was used.`] : [];
  if (endsInsideFrame(bytes, first.offset)) {
    warnings.push("The MP3 file ends inside a frame; the audio that is there was used.");
  }
  return { channels, sampleRate, encoding: "lossy", format: "mp3", channelMask: 0, warnings };
}

interface DecodedPieces {
  pieces: Float32Array[][];
  frameCount: number;
  errorCount: number;
}

async function decodePieces(bytes: Uint8Array, sampleRate: number, channelCount: number): Promise<DecodedPieces> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  try {
    const result: DecodedPieces = { pieces: [], frameCount: 0, errorCount: 0 };
    for (let offset = 0; offset < bytes.length; offset += PIECE_BYTES) {
      const piece = decoder.decode(bytes.subarray(offset, offset + PIECE_BYTES));
      result.errorCount += piece.errors.length;
      if (piece.samplesDecoded === 0) continue;
      if (piece.sampleRate !== sampleRate) {
        throw unsupportedFormat(
          `Expected one sample rate throughout, got ${sampleRate} Hz and then ${piece.sampleRate} Hz in this MP3 file.`,
        );
      }
      result.pieces.push(piece.channelData);
      result.frameCount += piece.samplesDecoded;
      if (result.frameCount * channelCount > MAX_TOTAL_SAMPLES) break;
    }
    return result;
  } finally {
    decoder.free();
  }
}

function join(pieces: readonly Float32Array[][], channel: number, frameCount: number): Float32Array {
  const samples = new Float32Array(frameCount);
  let offset = 0;
  for (const piece of pieces) {
    const part = piece[channel] ?? new Float32Array(0);
    samples.set(part, offset);
    offset += part.length;
  }
  return samples;
}

/** Walks the chain of headers; true when the last frame's length points past the end of the file. */
function endsInsideFrame(bytes: Uint8Array, firstOffset: number): boolean {
  let offset = firstOffset;
  for (;;) {
    const header = readMpegFrameHeader(bytes, offset);
    if (header === null) return offset > bytes.length;
    offset += header.frameBytes;
  }
}
