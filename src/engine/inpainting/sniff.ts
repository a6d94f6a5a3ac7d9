import { findMpegFrames } from "./mpeg-frame.js";

export type SniffedFormat =
  | "empty"
  | "wav"
  | "mp3"
  | "flac"
  | "ogg-vorbis"
  | "ogg-opus"
  | "ogg-flac"
  | "ogg"
  | "aiff"
  | "m4a"
  | "aac"
  | "webm"
  | "html"
  | "text"
  | "unknown";

/** How far an ID3 tag or leading junk may push the first MPEG frame back before it stops counting as MP3. */
const JUNK_LIMIT_BYTES = 4096;

/** The first pages of an Ogg file name its streams, each in less than a hundred bytes. */
const OGG_START_BYTES = 512;

/** Says what a file is by its content, never by its name. Reads at most a few kilobytes beyond an ID3 tag. */
export function sniffFormat(bytes: Uint8Array): SniffedFormat {
  if (bytes.length === 0) return "empty";
  const head = latin1(bytes, 0, 16);
  if (/^(RIFF|RF64|BW64)/.test(head) && head.slice(8, 12) === "WAVE") return "wav";
  const tagBytes = id3Length(bytes);
  if (latin1(bytes, tagBytes, tagBytes + 4) === "fLaC") return "flac";
  if (head.startsWith("OggS")) return sniffOgg(bytes);
  if (head.startsWith("FORM") && /^AIF[FC]/.test(head.slice(8))) return "aiff";
  if (head.slice(4, 8) === "ftyp") return "m4a";
  if (head.startsWith("\x1a\x45\xdf\xa3")) return "webm";
  if (isAdts(bytes)) return "aac";
  if (findMpegFrames(bytes, tagBytes, JUNK_LIMIT_BYTES) !== null) return "mp3";
  const start = latin1(bytes, 0, 512)
    .replace(/^\u00ef\u00bb\u00bf/, "")
    .trimStart()
    .toLowerCase();
  if (/^<(!doctype|html|head|body|\?xml|!--)/.test(start)) return "html";
  return isText(bytes.subarray(0, 512)) ? "text" : "unknown";
}

/**
 * Length in bytes of the ID3v2 tags at the start, 0 without one. The size of each is four 7-bit bytes, without its header and
 * the footer that may repeat it (ID3v2.4, section 3.1).
 */
export function id3Length(bytes: Uint8Array): number {
  let end = 0;
  while (end + 10 <= bytes.length && latin1(bytes, end, end + 3) === "ID3") {
    const [flags = 0, a = 0, b = 0, c = 0, d = 0] = bytes.subarray(end + 5, end + 10);
    const hasFooter = (flags & 16) !== 0;
    end += (hasFooter ? 20 : 10) + ((a & 127) << 21) + ((b & 127) << 14) + ((c & 127) << 7) + (d & 127);
  }
  return end;
}

function sniffOgg(bytes: Uint8Array): SniffedFormat {
  const head = latin1(bytes, 0, OGG_START_BYTES);
  if (head.includes("OpusHead")) return "ogg-opus";
  if (head.includes("\x01vorbis")) return "ogg-vorbis";
  return head.includes("\x7fFLAC") ? "ogg-flac" : "ogg";
}

/** ADTS shares MPEG's 11 sync bits; its layer bits are 0, which no MPEG audio layer uses. */
function isAdts(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xf6) === 0xf0;
}

function isText(bytes: Uint8Array): boolean {
  return (
    bytes.every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13) && bytes.some((byte) => byte < 128)
  );
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}
