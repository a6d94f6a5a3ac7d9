const MPEG_RATES = [44_100, 48_000, 32_000];

/** The rate a WAV, FLAC, Ogg or MP3 file says it has, in Hz; null for others. Decoding gives all of them the page's rate. */
export function fileSampleRate(bytes: ArrayBuffer): number | null {
  const head = new DataView(bytes, 0, Math.min(bytes.byteLength, 64));
  const text = (start: number, length: number) =>
    String.fromCharCode(...new Uint8Array(bytes, start, Math.max(0, Math.min(length, bytes.byteLength - start))));
  const name = text(0, 4);
  if (head.byteLength < 64) return null;
  if (name === "RIFF" && text(12, 4) === "fmt ") return head.getUint32(24, true);
  if (name === "fLaC") return head.getUint32(18) >>> 12;
  // The first packet begins behind a page header with one segment.
  if (name === "OggS" && text(29, 6) === "vorbis") return head.getUint32(40, true);
  if (name === "OggS" && text(28, 8) === "OpusHead") return 48_000;
  return mpegRate(new Uint8Array(bytes), name.startsWith("ID3") ? tagLength(head) : 0);
}

/** An ID3v2 tag with its header: seven bits to a byte. */
function tagLength(head: DataView): number {
  return [6, 7, 8, 9].reduce((length, at) => length * 128 + head.getUint8(at), 0) + 10;
}

function mpegRate(bytes: Uint8Array, at: number): number | null {
  const [sync = 0, version = 0, rates = 0] = bytes.subarray(at, at + 3);
  const rate = MPEG_RATES[(rates >> 2) & 3];
  if (sync !== 0xff || version >> 5 !== 7 || rate === undefined) return null;
  // MPEG 1, 2 and 2.5 halve it each time.
  return rate / ({ 3: 1, 2: 2, 0: 4 }[(version >> 3) & 3] ?? Number.NaN) || null;
}
