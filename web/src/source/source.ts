import { analyze } from "../audio/analyze";
import { type Clip, decode } from "../audio/clip";

/** The recording that is worked on. */
export interface Source {
  readonly name: string;
  readonly clip: Clip;
  /** Of the file, in Hz; null: not known. */
  readonly sampleRate: number | null;
  /** Null when it came from the server. */
  readonly sizeBytes: number | null;
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

const MAX_BYTES = 90 * 1024 * 1024;
const NAMES = /\.(wav|mp3|flac|ogg|oga|opus|m4a|aac)$/i;

/** Before anything is read. */
export function checkFile(file: File): void {
  if (!file.type.startsWith("audio/") && !NAMES.test(file.name)) {
    const kind = file.type === "" ? "of no known type" : file.type;
    throw new SourceProblem(`“${file.name}” is ${kind}. Choose a recording: WAV, MP3, FLAC, OGG or M4A.`);
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

/** Rejects with SourceProblem for what is no audio, too short or too long. Takes the bytes over. */
export async function readClip(
  name: string,
  bytes: ArrayBuffer,
  limits: Pick<SourceLimits, "minSeconds" | "maxSeconds">,
): Promise<Clip> {
  const buffer = await decode(bytes).catch(() => {
    throw new SourceProblem(
      `“${name}” can't be decoded: it is damaged, or of a kind this browser doesn't play. Try WAV or MP3.`,
    );
  });
  const { minSeconds, maxSeconds } = limits;
  if (buffer.duration < minSeconds || buffer.duration > maxSeconds + 0.5) {
    throw new SourceProblem(
      `“${name}” lasts ${buffer.duration.toFixed(1)} s; the model takes ${minSeconds} to ${maxSeconds} s. ` +
        (buffer.duration < minSeconds ? "Choose a longer one." : "Cut out the part you want to change."),
    );
  }
  const { summary } = await analyze(buffer);
  return { buffer, summary };
}

/** The file to upload: the one given, or its sound as WAV where the engine doesn't read its format. */
export async function readableFile(file: File, buffer: AudioBuffer, { formats }: SourceLimits): Promise<File> {
  if (formats === null || formats.test(file.name)) return file;
  const { toWav } = await import("../audio/to-wav");
  return new File([toWav(buffer)], `${file.name.replace(/\.\w{1,5}$/, "")}.wav`, { type: "audio/wav" });
}
