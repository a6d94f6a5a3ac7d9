import { analyze } from "../audio/analyze";
import { type Clip, decode } from "../audio/clip";
import { announcedSeconds } from "./announced-seconds";
import { readsM4a } from "./reads-m4a";

/** The recording that is worked on. */
export interface Source {
  readonly name: string;
  readonly clip: Clip;
  /** Of the file, in Hz; null: not known. */
  readonly sampleRate: number | null;
  /** Null when it came from the server. */
  readonly sizeBytes: number | null;
  /** The engine doesn't read the file's format, and is sent its sound as WAV. */
  readonly isConverted: boolean;
  readonly upload: Upload;
}

/** Where the engine finds the recording. */
export interface Upload {
  /** Known once the bytes are there. */
  readonly url: string | null;
  /** Sends the bytes unless they were sent; a failed upload is begun anew. Rejects with words for the person. */
  ensure(): Promise<string>;
}

/** What can't be used as a source; the message says why and what to do. */
export class SourceProblem extends Error {
  override readonly name = "SourceProblem";
}

/** What the engine takes. */
export interface SourceLimits {
  readonly minSeconds: number;
  readonly maxSeconds: number;
  /** Names of the files it reads; what a browser decodes besides is sent as WAV. Null: all. */
  readonly formats: RegExp | null;
}

type Durations = Pick<SourceLimits, "minSeconds" | "maxSeconds">;

/** As compressed audio, minutes. */
const LARGE_BYTES = 8 * 1024 * 1024;
const MAX_BYTES = 90 * 1024 * 1024;
const NAMES = /\.(wav|mp3|flac|ogg|oga|opus|m4a|aac)$/i;

/** The recording among files that came together: the first that looks like one, else the first. */
export function chooseFile(files: readonly File[]): File | null {
  return files.find(looksLikeAudio) ?? files[0] ?? null;
}

function looksLikeAudio({ type, name }: File): boolean {
  return type.startsWith("audio/") || NAMES.test(name);
}

/** Before anything is read. */
export function checkFile(file: File): void {
  if (!looksLikeAudio(file)) {
    const kind = file.type === "" ? "of no known type" : file.type;
    throw new SourceProblem(`“${file.name}” is ${kind}. Choose a recording: WAV, MP3, FLAC, OGG or M4A.`);
  }
  if (!readsM4a && /\.(m4a|aac)$/i.test(file.name)) {
    throw new SourceProblem(
      `“${file.name}” is M4A, which this browser can't read. Convert it to WAV or MP3, or open this page in another browser.`,
    );
  }
  if (file.size === 0) {
    throw new SourceProblem(`“${file.name}” is empty: it has 0 bytes. Choose another file, or export it once more.`);
  }
  if (file.size > MAX_BYTES) {
    const megabytes = Math.round(file.size / 1024 / 1024);
    throw new SourceProblem(
      `“${file.name}” has ${megabytes} MB; at most 90 MB can be uploaded. Shorten or compress it.`,
    );
  }
}

/** Rejects with SourceProblem for a file that would fill the memory when decoded: an hour has a gigabyte. */
export async function checkDuration(file: File, limits: Durations): Promise<void> {
  if (file.size < LARGE_BYTES) return;
  const seconds = await announcedSeconds(file);
  // What a file announces may be a guess. A little too long is told exactly, when it is decoded.
  if (seconds !== null && seconds > 2 * limits.maxSeconds) throw lengthProblem(file.name, seconds, limits);
}

/** Rejects with SourceProblem for what is no audio, too short or too long. Takes the bytes over. */
export async function readClip(name: string, bytes: ArrayBuffer, limits: Durations): Promise<Clip> {
  const buffer = await decode(bytes).catch(() => {
    throw new SourceProblem(
      `“${name}” can't be decoded: it is damaged, or of a kind this browser doesn't play. Try WAV or MP3.`,
    );
  });
  const { minSeconds, maxSeconds } = limits;
  if (buffer.duration < minSeconds || buffer.duration > maxSeconds + 0.5) {
    throw lengthProblem(name, buffer.duration, limits);
  }
  const { summary } = await analyze(buffer);
  return { buffer, summary };
}

function lengthProblem(name: string, seconds: number, { minSeconds, maxSeconds }: Durations): SourceProblem {
  const wayOut = seconds < minSeconds ? "Choose a longer one." : "Cut out the part you want to change.";
  return new SourceProblem(
    `“${name}” lasts ${seconds.toFixed(1)} s; the model takes ${minSeconds} to ${maxSeconds} s. ${wayOut}`,
  );
}

/** Whether the engine reads files of this name. */
export function isReadable(name: string, { formats }: SourceLimits): boolean {
  return formats === null || formats.test(name);
}

/** The file's sound as WAV. */
export async function convertToWav(file: File, buffer: AudioBuffer): Promise<File> {
  const { toWav } = await import("../audio/to-wav");
  return new File([await toWav(buffer)], `${file.name.replace(/\.\w{1,5}$/, "")}.wav`, { type: "audio/wav" });
}
