import type { Dispatcher } from "undici";

export interface UpstreamResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** No answer of fal's queue is nearly as large. */
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Takes what undici tells of one exchange and gathers the answer to its end. Much cheaper than a stream that is read, and
 * there are several exchanges to a job.
 */
export class WholeAnswer implements Dispatcher.DispatchHandler {
  readonly whole: Promise<UpstreamResponse>;
  private resolve: (response: UpstreamResponse) => void = () => {};
  private reject: (error: unknown) => void = () => {};
  private controller: Dispatcher.DispatchController | null = null;
  private givenUp: Error | null = null;
  private status = 0;
  private headers: Record<string, string> = {};
  private readonly chunks: Buffer[] = [];
  private size = 0;

  constructor() {
    this.whole = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  giveUp(reason: Error): void {
    this.givenUp = reason;
    this.reject(reason);
    this.controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.givenUp) controller.abort(this.givenUp);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: RawHeaders): void {
    this.status = status;
    this.headers = plainHeaders(headers);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size > MAX_BYTES) this.giveUp(new Error(`The answer is larger than ${MAX_BYTES} bytes.`));
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const text = Buffer.concat(this.chunks).toString("utf8");
    this.resolve({ status: this.status, headers: this.headers, text });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.reject(error);
  }
}

export function plainHeaders(headers: RawHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}
