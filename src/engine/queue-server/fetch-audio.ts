import {
  Outbound,
  OutboundError,
  type OutboundPolicy,
  type OutboundResponse,
  readWhole,
} from "../../outbound/outbound.js";
import { downloadError, fileTooLargeError } from "./model-error.js";

/** 64 MB hold 190 s of 24-bit stereo at 48 kHz with room to spare. */
const MAX_BYTES = 64 * 1024 * 1024;
/** For everything: name, connection, redirects and the last byte. */
const TIMEOUT_MS = 20_000;
/** Share links and CDNs need one or two. */
const MAX_REDIRECTS = 3;

export interface FetchedAudio {
  bytes: Uint8Array;
  mediaType: string;
}

export interface FetchAudioOptions {
  signal: AbortSignal;
  /** Where the URL may lead; default: the public internet. */
  policy?: OutboundPolicy;
  maxBytes?: number;
  timeoutMs?: number;
}

/**
 * Downloads a file from the public internet for a caller who named the URL. What went wrong is told without anything
 * the other side sent, so no internal page can be read through an error.
 *
 * @throws ModelError file_download_error or file_too_large, at `audio_url`.
 */
export async function fetchAudio(audioUrl: string, options: FetchAudioOptions): Promise<FetchedAudio> {
  const { signal, policy, maxBytes = MAX_BYTES, timeoutMs = TIMEOUT_MS } = options;
  const headers = { accept: "audio/*, */*;q=0.5", "accept-encoding": "identity", "user-agent": "punchin-engine" };
  const outbound = new Outbound(policy);
  try {
    return await outbound.exchange(
      audioUrl,
      { headers, timeoutMs, maxRedirects: MAX_REDIRECTS, signal },
      async (response) => {
        if (response.status < 200 || response.status > 299) {
          throw downloadError(audioUrl, `the server answered with status ${response.status}`);
        }
        const bytes = await readWhole(response, maxBytes);
        if (bytes.byteLength === 0) throw downloadError(audioUrl, "the file is empty");
        return { bytes, mediaType: mediaTypeOf(response) };
      },
    );
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    throw error.fault === "too-large" ? fileTooLargeError(audioUrl, maxBytes) : downloadError(audioUrl, error.message);
  } finally {
    await outbound.close();
  }
}

/** Cut to what a media type may hold, as it is shown in the log. */
function mediaTypeOf({ headers }: OutboundResponse): string {
  const mediaType = /^[\w.+-]+\/[\w.+-]+/.exec(headers["content-type"] ?? "")?.[0];
  return mediaType?.slice(0, 100) ?? "application/octet-stream";
}
