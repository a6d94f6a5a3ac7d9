import type { Logger } from "pino";
import { v7 as createRequestId } from "uuid";
import type { WorkReport } from "../worker-messages.js";
import { Activity } from "./activity.js";
import { cancelledOutcome, internalErrorOutcome, startDeadlineOutcome } from "./outcome.js";
import { paced } from "./pacing.js";
import { CancelledError, QueueFullError, RunnerLostError, ShutdownError } from "./queue-errors.js";
import type { Outcome, QueueRequest } from "./queue-request.js";
import { addLog } from "./request-log.js";
import type { RequestRegister, Submission } from "./request-register.js";
import type { Seams } from "./seams.js";
import { StartDeadlines } from "./start-deadlines.js";
import { WaitingLine } from "./waiting-line.js";

/**
 * Does a request's work. Rejects with the signal's reason when aborted, and with RunnerLostError when the request has to
 * start again; whatever else it throws is a bug.
 */
export type ModelRunner = (
  request: QueueRequest,
  input: string,
  context: { report: (report: WorkReport) => void; signal: AbortSignal },
) => Promise<Outcome>;

/** fal's words for what a cancel did (fal docs, "Queue: cancel"). */
export type CancelOutcome = "OK" | "CANCELLATION_REQUESTED" | "ALREADY_COMPLETED" | "NOT_FOUND";

export interface RequestQueueOptions {
  register: RequestRegister;
  runModel: ModelRunner;
  seams: Pick<Seams, "accepted" | "mayStart">;
  logger: Logger;
  /** How many requests run at once. */
  slots: number;
  maxQueueLength: number;
}

/** A request that ended the process this often is not started again. */
const MAX_ATTEMPTS = 3;
/** Log lines of a running request reach the disk this often, so that a crash keeps all but the last. */
const SAVE_INTERVAL_MS = 1_000;
/** A running request's news are told at most five times a second: more than an eye follows, little enough to store. */
const NEWS_INTERVAL_MS = 200;

interface Run {
  abort: AbortController;
  ended: Promise<void>;
}

/**
 * Who waits, who runs, and when: bounded, by priority and order of arrival. What was unfinished when the process ended
 * starts again in its old place.
 */
export class RequestQueue {
  private readonly waiting = new WaitingLine();
  private readonly running = new Map<string, Run>();
  private readonly deadlines = new StartDeadlines((request) => this.expire(request));
  /** Ends that nobody waits for. */
  private readonly background = new Activity();
  /** Submitted but not yet on disk: they count against the bound. */
  private arriving = 0;
  private isOpen = false;

  constructor(private readonly options: RequestQueueOptions) {}

  /** Reads what is on disk and starts to work. */
  async open(): Promise<void> {
    for (const request of await this.options.register.load()) await this.restore(request);
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
    await this.background.settled();
  }

  /**
   * When it resolves, the request is on disk. Refused when the queue is full, or longer than its caller wants.
   * @throws QueueFullError
   */
  async submit(submission: Submission, callerMaxQueueLength: number): Promise<QueueRequest> {
    const inLine = this.waiting.length + this.arriving;
    if (inLine > callerMaxQueueLength || inLine >= this.options.maxQueueLength) {
      throw new QueueFullError(`${inLine} requests are in the queue`);
    }
    this.arriving++;
    let request: QueueRequest;
    try {
      request = await this.options.register.add(submission);
    } finally {
      this.arriving--;
    }
    this.options.seams.accepted(request, submission.input);
    this.enqueue(request);
    this.dispatch();
    return request;
  }

  /** How many requests are ahead of it in the queue. */
  position(request: QueueRequest): number {
    return this.waiting.position(request);
  }

  /** A waiting request ends at once, a running one as soon as its worker has stopped. */
  async cancel(id: string): Promise<CancelOutcome> {
    const request = this.options.register.get(id);
    if (request === undefined) return "NOT_FOUND";
    if (request.status === "COMPLETED") return "ALREADY_COMPLETED";
    if (this.leaveLine(request)) {
      await this.options.register.finish(request, cancelledOutcome());
      return "OK";
    }
    this.running.get(id)?.abort.abort(new CancelledError("The request was cancelled"));
    return "CANCELLATION_REQUESTED";
  }

  private async restore(request: QueueRequest): Promise<void> {
    Object.assign(request, { status: "IN_QUEUE", startedAtMs: null, progress: null });
    if (request.logs.length > 0) addLog(request, "The engine stopped before this was done and starts it again", "WARN");
    if (request.attempts < MAX_ATTEMPTS) return this.enqueue(request);
    const message = `The engine stopped ${request.attempts} times while it worked on this request`;
    await this.options.register.finish(request, internalErrorOutcome(message));
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

  /** Starts whoever may start now. */
  dispatch(): void {
    const { seams, slots } = this.options;
    while (this.isOpen && this.running.size < slots) {
      const request = this.waiting.shift(seams.mayStart);
      if (request === undefined) return;
      this.deadlines.forget(request);
      // Its timer may come late when the process is busy.
      if (isPastStartDeadline(request)) {
        this.finishInBackground(request, startDeadlineOutcome());
        continue;
      }
      const abort = new AbortController();
      this.running.set(request.id, { abort, ended: this.execute(request, abort.signal) });
      this.tellPositions();
    }
  }

  /** Never rejects. */
  private async execute(request: QueueRequest, signal: AbortSignal): Promise<void> {
    const { register, logger } = this.options;
    request.status = "IN_PROGRESS";
    request.startedAtMs = Date.now();
    request.attempts++;
    register.changed(request);
    const saving = setInterval(() => register.saveInBackground(request), SAVE_INTERVAL_MS);
    try {
      const outcome = await this.work(request, signal);
      // No newer state may follow the last one to the disk.
      clearInterval(saving);
      if (outcome === null) await this.putBack(request, signal);
      else await register.finish(request, outcome);
    } catch (error) {
      logger.error({ error, requestId: request.id }, "request could not be stored");
    } finally {
      clearInterval(saving);
      this.running.delete(request.id);
      if (this.isOpen && request.outcome === null) this.waitAgain(request);
      this.dispatch();
    }
  }

  /** null: the work has to start again, because the engine stops or its runner was lost. */
  private async work(request: QueueRequest, signal: AbortSignal): Promise<Outcome | null> {
    const { register, runModel, logger } = this.options;
    const news = paced(() => register.changed(request), NEWS_INTERVAL_MS);
    const report = ({ progress, message, level }: WorkReport): void => {
      request.progress = Math.max(request.progress ?? 0, Math.min(progress, 1));
      addLog(request, message, level);
      news.call();
    };
    try {
      // Counted on disk before the work, or a request that kills the process would be started for ever.
      await register.save(request, { durable: false });
      return await runModel(request, await register.readInput(request), { report, signal });
    } catch (error) {
      if (signal.reason instanceof CancelledError) return cancelledOutcome();
      if (signal.reason instanceof ShutdownError || error instanceof RunnerLostError) return null;
      logger.error({ error, requestId: request.id }, "request failed by a fault of the engine");
      return internalErrorOutcome("Internal error");
    } finally {
      // Whatever comes next tells it all.
      news.stop();
    }
  }

  private waitAgain(request: QueueRequest): void {
    this.enqueue(request);
    this.options.register.changed(request);
  }

  /** Not the request's fault, so the attempt is not counted. */
  private async putBack(request: QueueRequest, signal: AbortSignal): Promise<void> {
    const attempts = request.attempts - 1;
    Object.assign(request, { status: "IN_QUEUE", startedAtMs: null, progress: null, attempts });
    request.gatewayRequestId = createRequestId();
    await this.options.register.save(request, { durable: true });
    if (signal.reason instanceof CancelledError) await this.options.register.finish(request, cancelledOutcome());
  }

  private expire(request: QueueRequest): void {
    if (this.leaveLine(request)) this.finishInBackground(request, startDeadlineOutcome());
  }

  private finishInBackground(request: QueueRequest, outcome: Outcome): void {
    const { register, logger } = this.options;
    const finished = register.finish(request, outcome).catch((error: unknown) => {
      logger.error({ error, requestId: request.id }, "request could not be stored");
    });
    this.background.track(finished);
  }

  private tellPositions(): void {
    for (const request of this.waiting) this.options.register.changed(request);
  }
}

function isPastStartDeadline({ startDeadlineMs }: QueueRequest): boolean {
  return startDeadlineMs !== null && startDeadlineMs <= Date.now();
}
