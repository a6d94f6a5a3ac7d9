import type { UserErrorCode, UserFault } from "../services.js";

/** Signed URLs are long; nothing sensible is longer than this. */
const MAX_URL_CHARACTERS = 8_192;

/** Media type and parameters; storage takes no longer ones. */
const MAX_HEADER_CHARACTERS = 200;

export interface DataUri {
  readonly mediaType: string;
  /** The base64 text, without the header. */
  readonly base64: string;
  readonly sizeBytes: number;
}

/** Null when the text is no data: URI with base64 content. */
export function parseDataUri(url: string): DataUri | null {
  // The header is matched alone: content of several megabytes stays out of the pattern.
  const comma = url.indexOf(",");
  if (comma > MAX_HEADER_CHARACTERS) return null;
  const header = /^data:([\w.+-]{1,60}\/[\w.+-]{1,60})?(?:;[^;,]+)*;base64$/i.exec(url.slice(0, Math.max(0, comma)));
  if (!header) return null;
  const base64 = url.slice(comma + 1);
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return null;
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return { mediaType: header[1] || "application/octet-stream", base64, sizeBytes: (base64.length / 4) * 3 - padding };
}

export function isDataUri(url: string): boolean {
  return /^data:/i.test(url);
}

/** How an audio URL is shown and stored with the job: a data: URI without its content. */
export function displayUrl(url: string): string {
  const data = isDataUri(url) ? parseDataUri(url) : null;
  return data ? `data:${data.mediaType};base64,(${data.sizeBytes} bytes)` : url;
}

export function checkAudioUrl(url: string, maxDataUriBytes: number): UserFault[] {
  return isDataUri(url) ? checkDataUri(url, maxDataUriBytes) : checkWebUrl(url);
}

function checkDataUri(url: string, maxDataUriBytes: number): UserFault[] {
  const data = parseDataUri(url);
  if (!data) {
    return fault(
      "INVALID",
      "The data: URI is malformed. Expected data:<media type>;base64,<padded base64>, e.g. data:audio/wav;base64,UklGR…",
    );
  }
  if (data.sizeBytes === 0)
    return fault("AUDIO_INVALID", "The data: URI holds no audio: it is empty. Send the bytes of an audio file.");
  if (data.sizeBytes > maxDataUriBytes) {
    return fault(
      "AUDIO_INVALID",
      `A data: URI may hold at most ${maxDataUriBytes} bytes, got ${data.sizeBytes}. Send larger files with createAudioUpload and use its fileUrl.`,
    );
  }
  return [];
}

function checkWebUrl(url: string): UserFault[] {
  if (url.length > MAX_URL_CHARACTERS) {
    return fault(
      "INVALID",
      `Expected an audio URL of at most ${MAX_URL_CHARACTERS} characters, got ${url.length}. Use a shorter one.`,
    );
  }
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return fault(
      "INVALID",
      `Expected an http(s) URL or a data: URI, got ${quote(url)}. Give the full address, with https://.`,
    );
  }
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:") {
    return fault(
      "INVALID",
      `Expected an http(s) URL or a data: URI, got the scheme ${quote(parsed.protocol)}. Upload local files with createAudioUpload.`,
    );
  }
  if (parsed.username !== "" || parsed.password !== "") {
    return fault(
      "INVALID",
      "The audio URL holds a user name or password. Use a signed URL, or upload the file with createAudioUpload.",
    );
  }
  return [];
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function fault(code: UserErrorCode, message: string): UserFault[] {
  return [{ code, message, field: ["audioUrl"] }];
}
