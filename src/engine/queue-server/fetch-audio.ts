import type { Agent, Dispatcher } from "undici";
import { request } from "undici";
import { createCheckedAgent, hasRefusedAddress, RefusedAddressError } from "./checked-agent.js";
import { downloadError, fileTooLargeError } from "./model-error.js";
import { isPublicAddress } from "./public-address.js";

/** 64 MB hold 190 s of 24-bit stereo at 48 kHz with room to spare. */
const MAX_BYTES = 64 * 1024 * 1024;
/** For everything: name, connection, redirects and the last byte. */
const TIMEOUT_MS = 20_000;
/** Share links and CDNs need one or two. */
/** First room for a body whose length nobody told. */
const UNANNOUNCED_BYTES = 1024 * 1024;
const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface FetchedAudio {
  bytes: Uint8Array;
  mediaType: string;
}

export interface FetchAudioOptions {
  signal: AbortSignal;
  /** Which IP addresses may be connected to; default: those of the public internet. */
  isAllowedAddress?: (address: string) => boolean;
  maxBytes?: number;
  timeoutMs?: number;
}

/**
 * Downloads a file from the public internet for a caller who named the URL.
 *
 * Only http and https without credentials; every address the host name resolves to must be allowed, the connection
 * goes to one that was checked (a second look-up can't bring another one), and each redirect is checked anew. What
 * went wrong is told without anything the other side sent, so no internal page can be read through an error.
 *
 * @throws ModelError file_download_error or file_too_large, at `audio_url`.
 */
export async function fetchAudio(audioUrl: string, options: FetchAudioOptions): Promise<FetchedAudio> {
  const { isAllowedAddress = isPublicAddress, maxBytes = MAX_BYTES, timeoutMs = TIMEOUT_MS } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  const agent = createCheckedAgent(isAllowedAddress);
  try {
    const response = await followRedirects(audioUrl, { agent, signal, isAllowedAddress });
    return { bytes: await readBody(audioUrl, response, maxBytes), mediaType: mediaTypeOf(response) };
  } catch (error) {
    options.signal.throwIfAborted();
    if (timeout.aborted) throw downloadError(audioUrl, `it took longer than ${timeoutMs / 1000} s`);
    throw error instanceof Error && error.name === "ModelError" ? error : downloadError(audioUrl, reasonOf(error));
  } finally {
    await agent.destroy();
  }
}

interface Hop {
  agent: Agent;
  signal: AbortSignal;
  isAllowedAddress: (address: string) => boolean;
}

async function followRedirects(audioUrl: string, hop: Hop): Promise<Dispatcher.ResponseData> {
  let url = audioUrl;
  for (let redirects = 0; ; redirects++) {
    const target = checkUrl(audioUrl, url, hop.isAllowedAddress);
    const response = await request(target, {
      dispatcher: hop.agent,
      signal: hop.signal,
      headers: { accept: "audio/*, */*;q=0.5", "accept-encoding": "identity", "user-agent": "punchin-engine" },
    });
    if (response.statusCode >= 200 && response.statusCode < 300) return response;
    const location = response.headers.location;
    response.body.on("error", ignore).destroy();
    if (!REDIRECTS.has(response.statusCode) || typeof location !== "string") {
      throw downloadError(audioUrl, `the server answered with status ${response.statusCode}`);
    }
    if (redirects === MAX_REDIRECTS) throw downloadError(audioUrl, `more than ${MAX_REDIRECTS} redirects`);
    url = URL.canParse(location, target.href) ? new URL(location, target.href).href : location;
  }
}

function checkUrl(audioUrl: string, url: string, isAllowedAddress: (address: string) => boolean): URL {
  if (!URL.canParse(url)) throw downloadError(audioUrl, "it is not a valid URL");
  const target = new URL(url);
  if (target.protocol !== "http:" && target.protocol !== "https:") {
    throw downloadError(audioUrl, "only http, https and data URLs are read");
  }
  if (target.username !== "" || target.password !== "") {
    throw downloadError(audioUrl, "URLs with a user name or password are not read");
  }
  if (hasRefusedAddress(target, isAllowedAddress)) throw downloadError(audioUrl, NOT_PUBLIC);
  return target;
}

const NOT_PUBLIC = "its host is not on the public internet";

async function readBody(audioUrl: string, response: Dispatcher.ResponseData, maxBytes: number): Promise<Uint8Array> {
  const announced = Number(response.headers["content-length"]);
  if (announced > maxBytes) {
    response.body.on("error", ignore).destroy();
    throw fileTooLargeError(audioUrl, maxBytes);
  }
  // Filled as it comes, not joined at the end: that would hold the main thread up. And not Buffer.concat: small results
  // would share a pooled buffer, which can't be transferred to a worker.
  let bytes = new Uint8Array(announced > 0 ? announced : UNANNOUNCED_BYTES);
  let size = 0;
  // Leaving the loop by a throw destroys the body.
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    const start = size;
    size += chunk.byteLength;
    if (size > maxBytes) throw fileTooLargeError(audioUrl, maxBytes);
    if (size > bytes.length) bytes = enlarged(bytes, Math.min(maxBytes, size * 2));
    bytes.set(chunk, start);
  }
  if (size === 0) throw downloadError(audioUrl, "the file is empty");
  return size === bytes.length ? bytes : bytes.slice(0, size);
}

function enlarged(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

/** Cut to what a media type may hold, as it is shown in the log. */
function mediaTypeOf(response: Dispatcher.ResponseData): string {
  const header = response.headers["content-type"];
  const mediaType = typeof header === "string" ? /^[\w.+-]+\/[\w.+-]+/.exec(header)?.[0] : undefined;
  return mediaType?.slice(0, 100) ?? "application/octet-stream";
}

const REASONS: Record<string, string> = {
  ENOTFOUND: "its host name is unknown",
  EAI_AGAIN: "its host name could not be looked up",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut off",
  UND_ERR_SOCKET: "the connection was cut off",
  UND_ERR_CONNECT_TIMEOUT: "the server did not answer in time",
};

function reasonOf(error: unknown): string {
  if (error instanceof RefusedAddressError) return NOT_PUBLIC;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? "the server could not be reached";
}

/** A body that is thrown away may still report that it was. */
function ignore(): void {}
