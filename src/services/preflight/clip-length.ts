import { type IFormat, parseBlob } from "music-metadata";
import { type ByteSource, memorySource, UncertainError } from "./byte-source.js";

/** How long a clip is, where its file says so beyond doubt. */
export interface ClipLength {
  readonly seconds: number;
  /** Encoders of lossy formats add some silence: the recording may be shorter by this. */
  readonly paddingSeconds: number;
}

/** Encoder delay and padding of MP3 and AAC stay below 4 frames of 1152 samples at 44.1 kHz. */
const LOSSY_PADDING_SECONDS = 0.1;
/** They count samples, without any padding. */
const EXACT_CONTAINERS: ReadonlySet<string | undefined> = new Set(["WAVE", "Ogg"]);
/** Where in a file the bit rate is compared with that of its beginning. */
const PROBES = [0.15, 0.3, 0.45, 0.6, 0.75, 0.9];
/** Enough for several MPEG frames. */
const PROBE_BYTES = 8 * 1024;
/** An Ogg file of several megabytes takes some thousand; a file made to be slow would take millions. */
const MAX_READS = 10_000;
const MAX_READ_BYTES = 32 * 1024 * 1024;
const READS_PER_TURN = 200;

/**
 * Reads the length from the file's own headers. Null when they don't tell, or promise more or less than the file holds.
 * Rejects when the format is unknown, or with what the source rejects with.
 */
export async function readClipLength(source: ByteSource): Promise<ClipLength | null> {
  // Only Ogg needs its pages walked through; with other formats it would take long.
  const isOgg = source.sizeBytes >= 4 && Buffer.from(await source.read(0, 4)).toString("latin1") === "OggS";
  const format = await readFormat(source, { duration: isOgg });
  const { duration: seconds, lossless, container } = format;
  if (seconds === undefined || !Number.isFinite(seconds) || seconds <= 0) return null;
  if (!agreesWithSize(format, source.sizeBytes)) return null;
  if (isEstimate(format) && !(await hasConstantBitrate(source, format))) return null;
  return { seconds, paddingSeconds: lossless || EXACT_CONTAINERS.has(container) ? 0 : LOSSY_PADDING_SECONDS };
}

/** @param options.type the media type, where the beginning does not tell it. */
async function readFormat(source: ByteSource, options: { duration: boolean; type?: string }): Promise<IFormat> {
  const { duration, type } = options;
  const metadata = await parseBlob(lazyBlob(source, type), { duration, skipCovers: true });
  return metadata.format;
}

/** An MP3 that was cut off still claims its old length, and a WAV that was written as a stream may claim none. */
function agreesWithSize({ duration = 0, bitrate = 0, container }: IFormat, sizeBytes: number): boolean {
  const claimedBytes = (duration * bitrate) / 8;
  if (container === "MPEG") return claimedBytes <= sizeBytes * 1.02;
  return container !== "WAVE" || claimedBytes >= sizeBytes * 0.5;
}

/** An MP3 without a Xing or Info header: the library reckons its length from the bit rate of the first frames. */
function isEstimate({ codecProfile, duration, numberOfSamples, sampleRate }: IFormat): boolean {
  return codecProfile === "CBR" && duration === (numberOfSamples ?? 0) / (sampleRate ?? 1);
}

async function hasConstantBitrate(source: ByteSource, { bitrate }: IFormat): Promise<boolean> {
  const probes = PROBES.map(async (place) => {
    const start = Math.floor(source.sizeBytes * place);
    const bytes = await source.read(start, Math.min(start + PROBE_BYTES, source.sizeBytes));
    return readFormat(memorySource(bytes), { duration: false, type: "audio/mpeg" });
  });
  return (await Promise.all(probes)).every((format) => format.bitrate === bitrate);
}

/** A Blob whose bytes are fetched when they are read: the library reads a Blob by its size, type and slices alone. */
function lazyBlob(source: ByteSource, type?: string): Blob {
  let reads = 0;
  let readBytes = 0;
  const read = async (start: number, end: number) => {
    reads += 1;
    readBytes += end - start;
    if (reads > MAX_READS || readBytes > MAX_READ_BYTES) throw new UncertainError("the file has too many parts");
    // Reads from memory never wait: others must get their turn.
    if (reads % READS_PER_TURN === 0) await nextTurn();
    return new Uint8Array(await source.read(start, end)).buffer;
  };
  const slice = (start: number, end: number) => ({ arrayBuffer: () => read(start, end) });
  return Object.defineProperties(new Blob([], { type }), {
    size: { value: source.sizeBytes },
    slice: { value: slice },
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
