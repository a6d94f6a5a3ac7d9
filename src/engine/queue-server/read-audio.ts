import type { OutboundPolicy } from "../../outbound/outbound.js";
import { decodeDataUri } from "./data-uri.js";
import type { FetchedAudio } from "./fetch-audio.js";
import { fetchAudio } from "./fetch-audio.js";
import type { FileStore } from "./file-store.js";
import type { FileUrls } from "./file-urls.js";
import { downloadError, fileTooLargeError } from "./model-error.js";
import { MAX_UPLOAD_BYTES } from "./receive-upload.js";

export type AudioReader = (audioUrl: string, signal: AbortSignal) => Promise<FetchedAudio>;

/**
 * Gets the bytes behind an `audio_url`: a data URI, one of the engine's own files straight from disk, or a public URL.
 * The reader throws ModelError, or the signal's reason.
 */
export function createAudioReader(options: { files: FileStore; urls: FileUrls; policy?: OutboundPolicy }): AudioReader {
  const { files, urls, policy } = options;
  return async (audioUrl, signal) => {
    if (/^data:/i.test(audioUrl)) {
      const decoded = decodeDataUri(audioUrl);
      if ("fault" in decoded) throw downloadError(audioUrl, decoded.fault);
      return decoded;
    }
    const own = urls.parseFileUrl(audioUrl);
    if (own === null) return fetchAudio(audioUrl, { signal, policy });
    const file = await files.find(own.id, own.name);
    if (file === null)
      throw downloadError(audioUrl, "there is no such file here (any more), or it is not uploaded yet");
    if (file.sizeBytes > MAX_UPLOAD_BYTES) throw fileTooLargeError(audioUrl, MAX_UPLOAD_BYTES);
    return { bytes: await files.read(file.id), mediaType: file.contentType };
  };
}
