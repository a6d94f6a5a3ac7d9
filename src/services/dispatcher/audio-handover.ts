import { UndecodableError } from "../fal/decode.js";
import type { FalQueue } from "../fal/fal-queue.js";
import { ForbiddenHostError } from "../fal/hosts.js";
import { mapFailure } from "../fal/map-failure.js";
import { UpstreamResponseError, UpstreamUnreachableError } from "../fal/transport.js";
import type { Job, JobError } from "../job.js";
import { isDataUri, parseDataUri } from "../jobs/audio-url.js";
import { StoreUnavailableError } from "../store/database.js";
import type { JobStore } from "../store/job-store.js";

/** Larger data: URIs go to upstream's storage; inline they would make every status of the request heavy. */
const MAX_INLINE_BYTES = 64 * 1024;
/** Endings of the media types that do not name theirs. */
const ENDINGS: Readonly<Record<string, string>> = {
  mpeg: "mp3",
  wave: "wav",
  "vnd.wave": "wav",
  mp4: "m4a",
  "octet-stream": "bin",
};
/** What storage says of the file itself; everything else may pass. */
const FILE_REFUSED: ReadonlySet<number> = new Set([400, 413, 415, 422]);

const NOT_HANDED_ON: JobError = {
  code: "INTERNAL",
  message: "The audio of the data: URI could not be handed on. Upload it with createAudioUpload instead.",
  field: ["audioUrl"],
  upstreamType: null,
  upstreamStatus: null,
  retryable: false,
};

/**
 * Puts the audio of a data: URI that is too large to go inline into upstream's storage. It costs nothing and may be
 * repeated.
 *
 * @returns its address there; null when the job has no such audio.
 */
export async function storeLargeAudio(job: Job, store: JobStore, queue: FalQueue): Promise<string | null> {
  if (!isDataUri(job.input.audioUrl)) return null;
  const data = parseDataUri((await store.findPayload(job.id)) ?? "");
  if (data === null || data.sizeBytes <= MAX_INLINE_BYTES) return null;
  const { mediaType } = data;
  return queue.storage.upload(
    new File([Buffer.from(data.base64, "base64")], fileNameFor(mediaType), { type: mediaType }),
  );
}

/** Models go by the ending of a file's name, and the client would make one of the media type: "mpeg", "x-wav". */
function fileNameFor(mediaType: string): string {
  const kind = mediaType.toLowerCase().replace(/^[^/]*\/(?:x-)?/, "");
  return `audio.${ENDINGS[kind] ?? (/^[a-z0-9]{1,10}$/.test(kind) ? kind : "bin")}`;
}

/**
 * What a failed handover means for the job: its end, or null when it may succeed later. A fault of this one file must
 * not hold up all others.
 */
export function finalAudioFailure(error: Error): JobError | null {
  if (error instanceof UpstreamResponseError) {
    if (!FILE_REFUSED.has(error.status)) return null;
    return { ...mapFailure(error.status, error.headers, error.body).error, field: ["audioUrl"] };
  }
  const mayPass = [UpstreamUnreachableError, UndecodableError, StoreUnavailableError, ForbiddenHostError].some(
    (kind) => error instanceof kind,
  );
  return mayPass || error.name === "AbortError" ? null : NOT_HANDED_ON;
}
