import { performance } from "node:perf_hooks";
import { Agent, buildConnector, type Dispatcher, request } from "undici";
import { Observations } from "../../observations.js";
import { callKind } from "./call-kind.js";
import type { FalHosts } from "./hosts.js";

/** Upstream answered, but not with a 2xx. `body` is the parsed JSON, or the text where it was none. */
export class UpstreamResponseError extends Error {
  override readonly name = "UpstreamResponseError";

  constructor(
    readonly status: number,
    readonly headers: Readonly<Record<string, string>>,
    readonly body: unknown,
  ) {
    super(`Upstream answered ${status}.`);
  }
}

/**
 * No usable answer came. `sent` tells whether the request may have reached upstream: false only when no connection was
 * ever made. The original error is kept as `reason`, not as `cause`: the fal client reads causes to decide on retries of
 * its own, and retrying is decided here alone.
 */
export class UpstreamUnreachableError extends Error {
  override readonly name = "UpstreamUnreachableError";

  constructor(
    message: string,
    readonly sent: boolean,
    readonly reason: unknown,
  ) {
    super(message);
  }
}

export interface UpstreamRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface UpstreamResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface UpstreamStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** No answer of fal's queue is nearly as large. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

/**
 * The one way out to fal or to the engine in its place: only to its hosts, the key only where it belongs, no redirect
 * followed, every answer bounded in size and time.
 */
export class UpstreamTransport {
  /** Keeps connections open between requests. */
  private readonly keeping: Agent;
  /**
   * Opens a connection for each request. One that was kept may be closed by the server in the very moment of sending, and
   * then nobody knows whether the request arrived: what must not be repeated does not take that chance.
   */
  private readonly opening: Agent;
  /** Errors of connections that were never made, be it for their name, their address or their certificate. */
  private readonly neverConnected = new WeakSet<object>();

  constructor(
    private readonly hosts: FalHosts,
    private readonly observations = new Observations(),
  ) {
    const open = buildConnector({ timeout: 10_000 });
    const connect: buildConnector.connector = (options, callback) =>
      open(options, (...[error, socket]) => {
        if (error) {
          this.neverConnected.add(error);
          callback(error, null);
        } else callback(null, socket);
      });
    this.keeping = new Agent({ connect, keepAliveTimeout: 10_000 });
    this.opening = new Agent({ connect, pipelining: 0 });
  }

  /** Rejects with UpstreamUnreachableError or ForbiddenHostError; any status resolves. */
  async send(upstream: UpstreamRequest): Promise<UpstreamResponse> {
    // Not AbortSignal.any and .timeout: on Node 20 each use leaves a trace on the given signal, and a running timer.
    const controller = new AbortController();
    const abort = () => controller.abort(upstream.signal?.reason);
    const late = () => controller.abort(new Error(`no whole answer within ${upstream.timeoutMs} ms`));
    if (upstream.signal?.aborted) abort();
    upstream.signal?.addEventListener("abort", abort, { once: true });
    const deadline = setTimeout(late, upstream.timeoutMs);
    try {
      return await this.exchange(upstream, controller.signal);
    } finally {
      clearTimeout(deadline);
      upstream.signal?.removeEventListener("abort", abort);
    }
  }

  /** Opens a response of unknown length. The caller ends it with `signal`, which also ends the body. */
  async openStream(upstream: Omit<UpstreamRequest, "timeoutMs">, signal: AbortSignal): Promise<UpstreamStream> {
    const response = await this.open(upstream, signal);
    return { status: response.statusCode, headers: plainHeaders(response.headers), body: response.body };
  }

  async close(): Promise<void> {
    await Promise.all([this.keeping.destroy(), this.opening.destroy()]);
  }

  private async exchange(upstream: UpstreamRequest, signal: AbortSignal): Promise<UpstreamResponse> {
    const response = await this.open(upstream, signal);
    try {
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of response.body) {
        size += chunk.length;
        if (size > MAX_RESPONSE_BYTES) {
          response.body.destroy();
          throw new Error(`The answer is larger than ${MAX_RESPONSE_BYTES} bytes.`);
        }
        chunks.push(chunk);
      }
      return {
        status: response.statusCode,
        headers: plainHeaders(response.headers),
        text: Buffer.concat(chunks).toString("utf8"),
      };
    } catch (error) {
      throw unreachable(error, true);
    }
  }

  private async open(
    upstream: Omit<UpstreamRequest, "timeoutMs">,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const target = this.hosts.resolve(upstream.url);
    const headers: Record<string, string> = { ...upstream.headers };
    if (target.authorization !== null) headers.authorization = target.authorization;
    const startedAt = performance.now();
    let status: number | null = null;
    try {
      const response = await request(target.url, {
        dispatcher: upstream.method === "POST" ? this.opening : this.keeping,
        method: upstream.method,
        headers,
        body: upstream.body,
        signal,
        bodyTimeout: 0,
        headersTimeout: 0,
      });
      status = response.statusCode;
      return response;
    } catch (error) {
      throw unreachable(error, !this.neverConnected.has(error as object));
    } finally {
      const kind = callKind(upstream.method, upstream.url);
      this.observations.emit("upstream-call", { kind, status, durationMs: performance.now() - startedAt });
    }
  }
}

function unreachable(error: unknown, sent: boolean): UpstreamUnreachableError {
  const { code, message } = error as { code?: string; message?: string };
  return new UpstreamUnreachableError(`No usable answer from upstream (${code ?? message ?? "unknown"}).`, sent, error);
}

function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}
