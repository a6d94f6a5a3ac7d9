import { EventEmitter } from "node:events";
import type { Logger } from "pino";
import { v7 as createRequestId } from "uuid";
import type { Outcome, QueueRequest } from "./queue-request.js";
import type { RequestStore } from "./request-store.js";

/** What a caller sends in; the rest of a request comes by itself. */
export type Submission = Pick<
  QueueRequest,
  "endpointId" | "priority" | "startDeadlineMs" | "fileLifetimeSeconds" | "keepsPayload" | "webhook"
> & {
  /** The body as it came. */
  input: string;
};

export interface RequestRegisterOptions {
  store: RequestStore;
  logger: Logger;
  /** Finished requests beyond this number are forgotten, the oldest first. */
  maxFinished: number;
}

/**
 * All requests, in memory and on disk, and who watches them. What a caller was told is on disk before; whoever wants to
 * know of changes is called, nobody polls.
 */
export class RequestRegister {
  private readonly requests = new Map<string, QueueRequest>();
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private readonly ends = new EventEmitter();
  private nextSequence = 0;
  private finishedCount = 0;

  constructor(private readonly options: RequestRegisterOptions) {}

  /** Reads what is on disk. @returns what is unfinished, in order of arrival */
  async load(): Promise<QueueRequest[]> {
    const { store, logger } = this.options;
    const damaged = (fileName: string, error: unknown): void =>
      logger.warn({ fileName, error }, "unreadable request ignored");
    const stored = await store.load(damaged);
    for (const request of stored) this.requests.set(request.id, request);
    this.nextSequence = (stored.at(-1)?.sequence ?? -1) + 1;
    const unfinished = stored.filter(({ status }) => status !== "COMPLETED");
    this.finishedCount = stored.length - unfinished.length;
    return unfinished;
  }

  /** When it resolves, the request survives a power cut. */
  async add({ input, ...about }: Submission): Promise<QueueRequest> {
    const id = createRequestId();
    const request: QueueRequest = {
      id,
      gatewayRequestId: id,
      sequence: this.nextSequence++,
      ...about,
      sentAtMs: Date.now(),
      status: "IN_QUEUE",
      attempts: 0,
      startedAtMs: null,
      endedAtMs: null,
      progress: null,
      logs: [],
      outcome: null,
    };
    await this.options.store.add(request, input);
    this.requests.set(request.id, request);
    return request;
  }

  get(id: string): QueueRequest | undefined {
    return this.requests.get(id);
  }

  /** All requests kept, in no particular order. */
  all(): IterableIterator<QueueRequest> {
    return this.requests.values();
  }

  readInput({ id }: QueueRequest): Promise<string> {
    return this.options.store.readInput(id);
  }

  /** Calls back after each change (status, position, progress, log) until the returned function is called. */
  watch({ id }: QueueRequest, onChange: () => void): () => void {
    this.changes.on(id, onChange);
    return () => this.changes.off(id, onChange);
  }

  /** Calls back with each request that has ended. */
  onEnd(listener: (request: QueueRequest) => void): void {
    this.ends.on("end", listener);
  }

  changed({ id }: QueueRequest): void {
    this.changes.emit(id);
  }

  save(request: QueueRequest, options: { durable: boolean }): Promise<void> {
    return this.options.store.save(request, options);
  }

  /** For timers: a write that fails is logged, the next one may succeed. */
  saveInBackground(request: QueueRequest): void {
    this.save(request, { durable: false }).catch((error: unknown) => {
      this.options.logger.warn({ error, requestId: request.id }, "log of a running request could not be stored");
    });
  }

  /** The end is on disk before anybody sees it. When the disk fails it is shown all the same, until a restart. */
  async finish(request: QueueRequest, outcome: Outcome): Promise<void> {
    const progress = outcome.kind === "audio" ? 1 : request.progress;
    const end = { status: "COMPLETED", endedAtMs: Date.now(), outcome, progress } as const;
    try {
      await this.save({ ...request, ...end }, { durable: true });
      if (!request.keepsPayload) await this.options.store.removeInput(request.id);
    } finally {
      Object.assign(request, end);
      this.finishedCount++;
      this.changed(request);
      this.ends.emit("end", request);
    }
    await this.removeExcess();
  }

  /** Forgets finished requests that ended before a time, and the oldest beyond the bound. */
  async removeFinishedBefore(timeMs: number): Promise<void> {
    for (const request of this.requests.values()) {
      if (request.endedAtMs !== null && request.endedAtMs <= timeMs) await this.remove(request);
    }
    await this.removeExcess();
  }

  private async removeExcess(): Promise<void> {
    if (this.finishedCount <= this.options.maxFinished) return;
    // The map holds them in order of arrival.
    for (const request of this.requests.values()) {
      if (this.finishedCount <= this.options.maxFinished) return;
      if (request.status === "COMPLETED") await this.remove(request);
    }
  }

  private async remove(request: QueueRequest): Promise<void> {
    if (!this.requests.delete(request.id)) return;
    this.finishedCount--;
    await this.options.store.remove(request.id);
  }
}
