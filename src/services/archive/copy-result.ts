import type { FalQueue } from "../fal/fal-queue.js";
import type { ArchivedFile, OutputFile } from "../job.js";
import type { ArchiveFolder } from "./archive-folder.js";

/** 190 s of 32-bit stereo at 192 kHz are 292 MB; fal sends 16 bits at 44.1 kHz. */
const MAX_FILE_BYTES = 300 * 1024 * 1024;
const TIMEOUT_MS = 5 * 60_000;
const MAX_NAME_CHARACTERS = 100;
const AUDIO_TYPE = /^audio\/[\w.+-]{1,60}$/;

/** Upstream says that there is no such file. */
export class MissingResultError extends Error {
  override readonly name = "MissingResultError";
}

/**
 * Copies a job's result from upstream's storage to the folder. Rejects with ForbiddenHostError when it lies elsewhere,
 * with MissingResultError, or with what may pass.
 */
export async function copyResult(
  { queue, folder }: { queue: FalQueue; folder: ArchiveFolder },
  jobId: string,
  audio: OutputFile,
  closing: AbortSignal,
): Promise<ArchivedFile> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, TIMEOUT_MS);
  closing.addEventListener("abort", abort, { once: true });
  try {
    closing.throwIfAborted();
    const { status, headers, body } = await queue.storage.openFile(audio.url, {}, controller.signal);
    if (status === 404 || status === 410) throw new MissingResultError(`upstream's storage answered ${status}`);
    if (status !== 200) throw new Error(`upstream's storage answered ${status}`);
    const sizeBytes = await folder.write(jobId, body, MAX_FILE_BYTES);
    return { fileName: plainName(audio), contentType: audioType(audio, headers["content-type"]), sizeBytes };
  } finally {
    clearTimeout(timer);
    closing.removeEventListener("abort", abort);
    // Whatever was not read is let go.
    abort();
  }
}

/** Cut to characters that mean nothing to a file system, a URL or a header. */
function plainName({ fileName, url }: OutputFile): string {
  const last = (fileName ?? new URL(url).pathname).split(/[/\\]/).at(-1) ?? "";
  const plain = last.replace(/[^A-Za-z0-9._-]+/g, "_").replace(/^[._]+/, "");
  return plain.slice(-MAX_NAME_CHARACTERS) || "result";
}

/** fal calls files of a model "application/octet-stream" unless the model says otherwise. */
function audioType({ contentType, fileName, url }: OutputFile, header: string | undefined): string {
  const told = [contentType, header].find((type) => type && AUDIO_TYPE.test(type));
  return told ?? (/\.wav$/i.test(fileName ?? new URL(url).pathname) ? "audio/wav" : "application/octet-stream");
}
