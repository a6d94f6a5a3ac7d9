import { EventEmitter } from "node:events";
import type { Logger } from "pino";
import { v7 as createRequestId } from "uuid";
import type { WorkReport } from "../worker-messages.js";
import { cancelledOutcome, internalErrorOutcome, startDeadlineOutcome } from "./outcome.js";
import { CancelledError, QueueFullError, ShutdownError } from "./queue-errors.js";
import type { Outcome, QueueRequest } from "./queue-request.js";
import { addLog } from "./request-log.js";
import type { RequestStore } from "./request-store.js";
import { StartDeadlines } from "./start-deadlines.js";
import { WaitingLine } from "./waiting-line.js";

/** Does a request's work. Rejects with the signal's reason when aborted; whatever else it throws is a bug. */
export type ModelRunner = (
  request: QueueRequest,
  input: string,
  context: { report: (report: WorkReport) => void; signal: AbortSignal },
) => Promise<Outcome>;

export type Submission = Pick<
  QueueRequest,
  "endpointId" | "priority" | "startDeadlineMs" | "fileLifetimeSeconds" | "keepsPayload"
> & {
  /** The body as it came. */
  input: string;
  /** Refuse when more than these wait already. */
  maxQueueLength: number;
};

/** fal's words for what a cancel did (fal docs, "Queue: cancel"). */
export type CancelOutcome = "OK" | "CANCELLATION_REQUESTED" | "ALREADY_COMPLETED" | "NOT_FOUND";

export interface RequestQueueOptions {
  store: RequestStore;
  runModel: ModelRunner;
  logger: Logger;
  /** How many requests run at once. */
  slots: number;
  maxQueueLength: number;
  /** Finished requests beyond this number are forgotten, the oldest first. */
  maxFinished: number;
}

/** A request that ended the process this often is not started again. */
const MAX_ATTEMPTS = 3;
/** Log lines of a running request reach the disk this often, so that a crash keeps all but the last. */
const SAVE_INTERVAL_MS = 1_000;

interface Run {
  abort: AbortController;
  ended: Promise<void>;
}

/**
 * The queue of requests: bounded, durable, fair. What a caller was told is on disk before; what was unfinished when the
 * process ended starts again in its old place. Whoever wants to know of changes watches; nobody polls.
 */
export class RequestQueue {
  private readonly requests = new Map<string, QueueRequest>();
  private readonly waiting = new WaitingLine();
  private readonly running = new Map<string, Run>();
  private readonly deadlines = new StartDeadlines((request) => this.expire(request));
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private nextSequence = 0;
  /** Submitted but not yet on disk: they count against the bound. */
  private arriving = 0;
  private isOpen = false;

  constructor(private readonly options: RequestQueueOptions) {}

  /** Reads what is on disk and starts to work. */
  async open(): Promise<void> {
    const { store, logger } = this.options;
    const damaged = (fileName: string, error: unknown) =>
      logger.warn({ fileName, error }, "unreadable request ignored");
    for (const request of await store.load(damaged)) {
      this.requests.set(request.id, request);
      this.nextSequence = request.sequence + 1;
      if (request.status !== "COMPLETED") await this.restore(request);
    }
    this.isOpen = true;
    this.dispatch();
  }

  /** Stops at once; what runs is put back into the queue on disk. */
  async close(): Promise<void> {
    this.isOpen = false;
    this.deadlines.clear();
    const runs = [...this.running.values()];
    for (const { abort } of runs) abort.abort(new ShutdownError("The engine is stopping"));
    await Promise.all(runs.map(({ ended }) => ended));
  }

  /** When it resolves, the request is on disk. @throws QueueFullError */
  async submit(submission: Submission): Promise<QueueRequest> {
    const { input, maxQueueLength, ...about } = submission;
    const inLine = this.waiting.length + this.arriving;
    if (inLine > maxQueueLength) throw new QueueFullError(`More than ${maxQueueLength} requests are in the queue`);
    if (inLine >= this.options.maxQueueLength) throw new QueueFullError(`${inLine} requests are in the queue`);
    const request: QueueRequest = {
      id: createRequestId(),
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
    this.arriving++;
    try {
      await this.options.store.add(request, input);
    } finally {
      this.arriving--;
    }
    this.requests.set(request.id, request);
    this.enqueue(request);
    this.dispatch();
    return request;
  }

  get(id: string): QueueRequest | undefined {
    return this.requests.get(id);
  }

  /** How many requests are ahead of it in the queue. */
  position(request: QueueRequest): number {
    return this.waiting.position(request);
  }

  /** All requests kept, by no order in particular. */
  all(): IterableIterator<QueueRequest> {
    return this.requests.values();
  }

  readInput(request: QueueRequest): Promise<string> {
    return this.options.store.readInput(request.id);
  }

  /** Calls back after each change of a request (status, position, progress, log) until the returned function is called. */
  watch(id: string, onChange: () => void): () => void {
    this.changes.on(id, onChange);
    return () => this.changes.off(id, onChange);
  }

  /** A waiting request ends at once, a running one as soon as its worker has stopped. */
  async cancel(id: string): Promise<CancelOutcome> {
    const request = this.requests.get(id);
    if (request === undefined) return "NOT_FOUND";
    if (request.status === "COMPLETED") return "ALREADY_COMPLETED";
    if (this.leaveLine(request)) {
      await this.finish(request, cancelledOutcome());
      return "OK";
    }
    this.running.get(id)?.abort.abort(new CancelledError("The request was cancelled"));
    return "CANCELLATION_REQUESTED";
  }

  /** Forgets finished requests that ended before a time, and the oldest beyond the bound. */
  async removeFinishedBefore(timeMs: number): Promise<void> {
    const finished = [...this.requests.values()]
      .filter((request) => request.status === "COMPLETED")
      .sort((one, other) => (one.endedAtMs ?? 0) - (other.endedAtMs ?? 0));
    const excess = finished.length - this.options.maxFinished;
    for (const [index, request] of finished.entries()) {
      if (index >= excess && (request.endedAtMs ?? 0) >= timeMs) return;
      this.requests.delete(request.id);
      await this.options.store.remove(request.id);
    }
  }

  private async restore(request: QueueRequest): Promise<void> {
    Object.assign(request, { status: "IN_QUEUE", startedAtMs: null, progress: null });
    if (request.logs.length > 0) addLog(request, "The engine stopped before this was done and starts it again", "WARN");
    if (request.attempts < MAX_ATTEMPTS) return this.enqueue(request);
    const message = `The engine stopped ${request.attempts} times while it worked on this request`;
    await this.finish(request, internalErrorOutcome(message));
  }

  private enqueue(request: QueueRequest): void {
    this.waiting.insert(request);
    this.deadlines.watch(request);
  }

  /** False when the request was not waiting. */
  private leaveLine(request: QueueRequest): boolean {
    this.deadlines.forget(request);
    const left = this.waiting.remove(request);
    if (left) this.tellPositions();
    return left;
  }

  private dispatch(): void {
    while (this.isOpen && this.running.size < this.options.slots) {
      const request = this.waiting.shift();
      if (request === undefined) return;
      this.deadlines.forget(request);
      const abort = new AbortController();
      this.running.set(request.id, { abort, ended: this.execute(request, abort.signal) });
      this.tellPositions();
    }
  }

  /** Never rejects. */
  private async execute(request: QueueRequest, signal: AbortSignal): Promise<void> {
    request.status = "IN_PROGRESS";
    request.startedAtMs = Date.now();
    request.attempts++;
    this.changed(request);
    const saving = setInterval(() => this.saveInBackground(request), SAVE_INTERVAL_MS);
    try {
      const outcome = await this.work(request, signal);
      if (outcome === null) await this.putBack(request);
      else await this.finish(request, outcome);
    } catch (error) {
      this.options.logger.error({ error, requestId: request.id }, "request could not be stored");
    } finally {
      clearInterval(saving);
      this.running.delete(request.id);
      this.dispatch();
    }
  }

  /** null: the engine stops before the work is done. */
  private async work(request: QueueRequest, signal: AbortSignal): Promise<Outcome | null> {
    const report = ({ progress, message, level }: WorkReport): void => {
      request.progress = Math.max(request.progress ?? 0, Math.min(progress, 1));
      addLog(request, message, level);
      this.changed(request);
    };
    try {
      // Counted on disk before the work, or a request that kills the process would be started for ever.
      await this.options.store.save(request, { durable: false });
      const input = await this.options.store.readInput(request.id);
      return await this.options.runModel(request, input, { report, signal });
    } catch (error) {
      if (signal.reason instanceof CancelledError) return cancelledOutcome();
      if (signal.reason instanceof ShutdownError) return null;
      this.options.logger.error({ error, requestId: request.id }, "request failed by a fault of the engine");
      return internalErrorOutcome("Internal error");
    }
  }

  /** A stop on purpose is not the request's fault and not counted. */
  private async putBack(request: QueueRequest): Promise<void> {
    Object.assign(request, { status: "IN_QUEUE", startedAtMs: null, progress: null, attempts: request.attempts - 1 });
    await this.options.store.save(request, { durable: true });
  }

  /** The end is on disk before anybody sees it. When the disk fails it is shown all the same, until a restart. */
  private async finish(request: QueueRequest, outcome: Outcome): Promise<void> {
    const progress = outcome.kind === "audio" ? 1 : request.progress;
    const end = { status: "COMPLETED", endedAtMs: Date.now(), outcome, progress } as const;
    try {
      await this.options.store.save({ ...request, ...end }, { durable: true });
      if (!request.keepsPayload) await this.options.store.removeInput(request.id);
    } finally {
      Object.assign(request, end);
      this.changed(request);
    }
  }

  private expire(request: QueueRequest): void {
    if (!this.leaveLine(request)) return;
    this.finish(request, startDeadlineOutcome()).catch((error: unknown) => {
      this.options.logger.error({ error, requestId: request.id }, "request could not be stored");
    });
  }

  private saveInBackground(request: QueueRequest): void {
    this.options.store.save(request, { durable: false }).catch((error: unknown) => {
      this.options.logger.warn({ error, requestId: request.id }, "log of a running request could not be stored");
    });
  }

  private changed(request: QueueRequest): void {
    this.changes.emit(request.id);
  }

  private tellPositions(): void {
    for (const request of this.waiting) this.changed(request);
  }
}
