import type { OutboundPolicy } from "../../outbound/outbound.js";
import { decodeDataUri } from "./data-uri.js";
import type { FetchedAudio } from "./fetch-audio.js";
import { fetchAudio } from "./fetch-audio.js";
import type { FileStore } from "./file-store.js";
import type { FileUrls } from "./file-urls.js";
import { downloadError, fileTooLargeError } from "./model-error.js";
import { MAX_UPLOAD_BYTES } from "./receive-upload.js";

export interface AudioInput {
  /** The path of a file of the engine's own, or the bytes. */
  audio: string | Uint8Array;
  sizeBytes: number;
  mediaType: string;
}

export type AudioReader = (audioUrl: string, signal: AbortSignal) => Promise<AudioInput>;

/**
 * Finds the audio behind an `audio_url`: a data URI, one of the engine's own files, which is not read here, or a public
 * URL. The reader throws ModelError, or the signal's reason.
 */
export function createAudioReader(options: { files: FileStore; urls: FileUrls; policy?: OutboundPolicy }): AudioReader {
  const { files, urls, policy } = options;
  return async (audioUrl, signal) => {
    if (/^data:/i.test(audioUrl)) {
      const decoded = decodeDataUri(audioUrl);
      if ("fault" in decoded) throw downloadError(audioUrl, decoded.fault);
      return inMemory(decoded);
    }
    const own = urls.parseFileUrl(audioUrl);
    if (own === null) return inMemory(await fetchAudio(audioUrl, { signal, policy }));
    const file = await files.find(own.id, own.name);
    if (file === null)
      throw downloadError(audioUrl, "there is no such file here (any more), or it is not uploaded yet");
    if (file.sizeBytes > MAX_UPLOAD_BYTES) throw fileTooLargeError(audioUrl, MAX_UPLOAD_BYTES);
    return { audio: files.path(file.id), sizeBytes: file.sizeBytes, mediaType: file.contentType };
  };
}

function inMemory({ bytes, mediaType }: FetchedAudio): AudioInput {
  return { audio: bytes, sizeBytes: bytes.byteLength, mediaType };
}
