import { performance } from "node:perf_hooks";
import { Agent, buildConnector, type Dispatcher, request } from "undici";
import { Observations } from "../../observations.js";
import { callKind } from "./call-kind.js";
import type { FalHosts } from "./hosts.js";
import { plainHeaders, type UpstreamResponse, WholeAnswer } from "./whole-answer.js";

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

export interface UpstreamStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

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
    const { timeoutMs, signal } = upstream;
    if (signal?.aborted) throw this.unreachable(signal.reason);
    const answer = new WholeAnswer();
    const abort = () => answer.giveUp(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const late = () => answer.giveUp(new Error(`no whole answer within ${timeoutMs} ms`));
    const deadline = setTimeout(late, timeoutMs);
    try {
      const { dispatcher, target, headers } = this.prepare(upstream);
      const { origin, pathname, search } = target;
      const { method, body } = upstream;
      dispatcher.dispatch(
        { origin, path: `${pathname}${search}`, method, headers, body, bodyTimeout: 0, headersTimeout: 0 },
        answer,
      );
      return await this.observed(upstream, answer.whole, ({ status }) => status);
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener("abort", abort);
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

  private async open(
    upstream: Omit<UpstreamRequest, "timeoutMs">,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { dispatcher, target, headers } = this.prepare(upstream);
    const { method, body } = upstream;
    const opened = request(target, {
      dispatcher,
      method,
      headers,
      body,
      signal,
      bodyTimeout: 0,
      headersTimeout: 0,
    });
    return this.observed(upstream, opened, ({ statusCode }) => statusCode);
  }

  /** Tells of the call once it has its answer, or none. */
  private async observed<Answer>(
    { method, url }: Pick<UpstreamRequest, "method" | "url">,
    answer: Promise<Answer>,
    statusOf: (answer: Answer) => number,
  ): Promise<Answer> {
    const startedAt = performance.now();
    let status: number | null = null;
    try {
      const answered = await answer;
      status = statusOf(answered);
      return answered;
    } catch (error) {
      throw this.unreachable(error);
    } finally {
      const durationMs = performance.now() - startedAt;
      this.observations.emit("upstream-call", { kind: callKind(method, url), status, durationMs });
    }
  }

  private prepare({ method, url, headers }: Omit<UpstreamRequest, "timeoutMs">) {
    const { url: target, authorization } = this.hosts.resolve(url);
    return {
      target,
      headers: authorization === null ? headers : { ...headers, authorization },
      dispatcher: method === "POST" ? this.opening : this.keeping,
    };
  }

  private unreachable(error: unknown): UpstreamUnreachableError {
    const { code, message } = error as { code?: string; message?: string };
    const sent = !this.neverConnected.has(error as object);
    return new UpstreamUnreachableError(
      `No usable answer from upstream (${code ?? message ?? "unknown"}).`,
      sent,
      error,
    );
  }
}
