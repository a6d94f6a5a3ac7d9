import { lookup } from "node:dns/promises";
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import type { Readable } from "node:stream";
import { Agent, request } from "undici";
import { isPublicAddress } from "./public-address.js";

/** Where requests may go; the defaults are for the public internet. */
export interface OutboundPolicy {
  /** Which IP addresses may be connected to. */
  readonly isAllowedAddress?: (address: string) => boolean;
  /** The IP addresses behind a host name; default: the system's resolver. */
  readonly resolveHost?: (hostname: string) => Promise<readonly HostAddress[]>;
}

export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

export interface OutboundRequest {
  readonly method?: "GET" | "HEAD" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For everything: name, connection, redirects and the reading of the answer. */
  readonly timeoutMs: number;
  /** How many redirects are followed, each checked anew. Default 0: a 3xx is an answer like any other. */
  readonly maxRedirects?: number;
  /** Ends the exchange; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface OutboundResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Undecoded. What is not read is thrown away. */
  readonly body: Readable;
}

export type OutboundFault = "bad-url" | "not-public" | "too-many-redirects" | "timed-out" | "too-large" | "unreachable";

/** Why there is no answer, in words that hold nothing of what the other side sent. */
export class OutboundError extends Error {
  override readonly name = "OutboundError";

  constructor(
    readonly fault: OutboundFault,
    message: string,
  ) {
    super(message);
  }
}

/** Together, for one answer. */
const MAX_HEADER_BYTES = 16 * 1024;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const NOT_PUBLIC = "its host is not on the public internet";

/**
 * HTTP to addresses that strangers name, such that they can't reach what only this machine may reach (SSRF).
 *
 * Only http and https without credentials; every address a host name resolves to must be allowed, and the connection
 * goes to one that was checked, so a second look-up can't bring another one (DNS rebinding). Made for one errand: its
 * connections are kept for further requests until it is closed.
 */
export class Outbound {
  private readonly isAllowedAddress: (address: string) => boolean;
  private readonly agent: Agent;

  constructor({ isAllowedAddress = isPublicAddress, resolveHost = resolve }: OutboundPolicy = {}) {
    this.isAllowedAddress = isAllowedAddress;
    this.agent = new Agent({
      maxHeaderSize: MAX_HEADER_BYTES,
      connect: {
        lookup: (hostname, options, callback) => {
          this.resolveChecked(hostname, resolveHost).then(
            (addresses) => {
              if (options.all === true) callback(null, [...addresses]);
              else callback(null, addresses[0]?.address ?? "", addresses[0]?.family);
            },
            (error: Error) => callback(error, "", 0),
          );
        },
      },
    });
  }

  /**
   * One request; `read` gets the answer, whatever its status, and the exchange ends when it settles.
   * Rejects with OutboundError, with the signal's reason, or with what `read` rejects with.
   */
  async exchange<Result>(
    url: string,
    outgoing: OutboundRequest,
    read: (response: OutboundResponse) => Promise<Result>,
  ): Promise<Result> {
    const { signal, timeoutMs } = outgoing;
    signal?.throwIfAborted();
    // Not AbortSignal.any and .timeout: on Node 20 each use leaves a trace on the given signal, and a running timer.
    const controller = new AbortController();
    const abort = () => controller.abort();
    signal?.addEventListener("abort", abort, { once: true });
    const deadline = setTimeout(abort, timeoutMs);
    try {
      const response = await Promise.race([
        this.follow(url, outgoing, controller.signal),
        whenAborted(controller.signal),
      ]);
      try {
        return await read(response);
      } catch (error) {
        throw response.body.errored === error ? unreachable(error) : error;
      } finally {
        discard(response.body);
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (controller.signal.aborted) throw new OutboundError("timed-out", `it took longer than ${timeoutMs / 1_000} s`);
      throw error;
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener("abort", abort);
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async follow(url: string, outgoing: OutboundRequest, signal: AbortSignal): Promise<OutboundResponse> {
    const { method = "GET", headers, body, maxRedirects = 0 } = outgoing;
    let next = url;
    for (let redirects = 0; ; redirects++) {
      const target = this.checkUrl(next);
      // The time limit is ours, so undici's own are off.
      const options = { dispatcher: this.agent, method, headers, body, signal, headersTimeout: 0, bodyTimeout: 0 };
      const response = await request(target, options).catch((error: unknown) => {
        throw unreachable(error);
      });
      const location = response.headers.location;
      if (maxRedirects === 0 || !REDIRECTS.has(response.statusCode) || typeof location !== "string") {
        return { status: response.statusCode, headers: response.headers, body: response.body };
      }
      discard(response.body);
      if (redirects === maxRedirects) {
        throw new OutboundError("too-many-redirects", `more than ${maxRedirects} redirects`);
      }
      next = URL.canParse(location, target.href) ? new URL(location, target.href).href : location;
    }
  }

  /** A literal address is checked here, because a connection to one asks no look-up. */
  private checkUrl(url: string): URL {
    if (!URL.canParse(url)) throw new OutboundError("bad-url", "it is not a valid URL");
    const target = new URL(url);
    if (target.protocol !== "http:" && target.protocol !== "https:") {
      throw new OutboundError("bad-url", "only http and https URLs are requested");
    }
    if (target.username !== "" || target.password !== "") {
      throw new OutboundError("bad-url", "URLs with a user name or password are not requested");
    }
    // The URL parser has already turned 127.1, 0x7f000001 and the like into dotted form.
    const host = target.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0 && !this.isAllowedAddress(host)) throw new OutboundError("not-public", NOT_PUBLIC);
    return target;
  }

  private async resolveChecked(
    hostname: string,
    resolveHost: NonNullable<OutboundPolicy["resolveHost"]>,
  ): Promise<readonly HostAddress[]> {
    const addresses = await resolveHost(hostname);
    // One bad address among good ones is refused too: which is tried first is not ours to say.
    if (addresses.length === 0 || !addresses.every(({ address }) => this.isAllowedAddress(address))) {
      throw new OutboundError("not-public", NOT_PUBLIC);
    }
    return addresses;
  }
}

/** The whole body. Rejects with OutboundError when it is larger, announced or not. */
export async function readWhole({ headers, body }: OutboundResponse, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new OutboundError("too-large", `it is larger than ${maxBytes} bytes`);
  if (Number(headers["content-length"]) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return joinChunks(chunks, size);
}

/** Not Buffer.concat: small results would share a pooled buffer, which can't be transferred to a worker. */
function joinChunks(chunks: readonly Buffer[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** undici notices an abort only once it is connected, and a name or a connection may take long. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function resolve(hostname: string): Promise<readonly HostAddress[]> {
  return lookup(hostname, { all: true });
}

const REASONS: Record<string, string> = {
  ENOTFOUND: "its host name is unknown",
  EAI_AGAIN: "its host name could not be looked up",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was cut off",
  UND_ERR_SOCKET: "the connection was cut off",
  UND_ERR_CONNECT_TIMEOUT: "the server did not answer in time",
};

function unreachable(error: unknown): OutboundError {
  if (error instanceof OutboundError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return new OutboundError("unreachable", REASONS[code] ?? "the server could not be reached");
}

/** A body that is thrown away may still report that it was. */
function discard(body: Readable): void {
  body.on("error", () => {}).destroy();
}
