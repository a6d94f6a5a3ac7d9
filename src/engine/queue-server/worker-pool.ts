import { Worker } from "node:worker_threads";
import type { InpaintResult } from "../inpainting/inpaint.js";
import type { AudioFault, WorkerReply, WorkerRequest, WorkReport } from "../worker-messages.js";

/** The audio or the mask is not usable: the caller's to put right. */
export class AudioFaultError extends Error {
  override readonly name = "AudioFaultError";

  constructor(readonly fault: AudioFault) {
    super(fault.message);
  }
}

/** The worker crashed, died, or took longer than it may. The task is lost, the worker replaced. */
export class WorkerLostError extends Error {
  override readonly name = "WorkerLostError";
}

/** Decoding the file took longer than it may: the fault is taken to be the file's. The worker is replaced. */
export class DecodeTimeoutError extends Error {
  override readonly name = "DecodeTimeoutError";
}

export interface WorkerPoolOptions {
  entry: URL;
  /** From giving a worker the task to its first report, which says that the file is decoded. */
  decodeTimeoutMs: number;
  /** For the whole task. */
  taskTimeoutMs: number;
}

export interface WorkerRun {
  onReport: (report: WorkReport) => void;
  /** Aborting ends the worker at once; the promise rejects with the signal's reason. */
  signal: AbortSignal;
}

/** Of JavaScript objects; samples and files are outside of it. An honest task needs a tenth. */
const MAX_HEAP_MEGABYTES = 512;
/** A quarter of V8's own measure. Samples that nobody holds any more are freed with what is young, so the sooner the better. */
const YOUNG_HEAP_MEGABYTES = 12;

/**
 * Worker threads that each do one task at a time. They are made when needed and reused; how many tasks run at once is
 * the caller's to bound. Nothing a task does to its worker touches another task.
 */
export class WorkerPool {
  private readonly idle = new Set<Worker>();
  private readonly busy = new Set<Worker>();

  constructor(private readonly options: WorkerPoolOptions) {}

  /** Takes the task's bytes with it. When it settles, nothing writes to the task's result any more. @throws AudioFaultError, DecodeTimeoutError, WorkerLostError, or the reason of the signal */
  async run(task: WorkerRequest, { onReport, signal }: WorkerRun): Promise<InpaintResult> {
    signal.throwIfAborted();
    const worker = this.take();
    try {
      const result = await this.converse(worker, task, { onReport, signal });
      this.giveBack(worker);
      return result;
    } catch (error) {
      if (error instanceof AudioFaultError) this.giveBack(worker);
      else await this.discard(worker);
      throw error;
    }
  }

  /** Ends all workers; tasks that still run are rejected with WorkerLostError. */
  async close(): Promise<void> {
    await Promise.all([...this.idle, ...this.busy].map((worker) => this.discard(worker)));
  }

  private take(): Worker {
    const [waiting] = this.idle;
    const worker = waiting ?? this.spawn();
    this.idle.delete(worker);
    this.busy.add(worker);
    return worker;
  }

  private giveBack(worker: Worker): void {
    // One that died right after its last message has taken itself out of `busy`.
    if (this.busy.delete(worker)) this.idle.add(worker);
  }

  private async discard(worker: Worker): Promise<void> {
    this.forget(worker);
    await worker.terminate();
  }

  private forget(worker: Worker): void {
    this.idle.delete(worker);
    this.busy.delete(worker);
  }

  private spawn(): Worker {
    // Decoders run on callers' bytes in there: no secrets from the environment, no flags meant for the main thread.
    const resourceLimits = {
      maxOldGenerationSizeMb: MAX_HEAP_MEGABYTES,
      maxYoungGenerationSizeMb: YOUNG_HEAP_MEGABYTES,
    };
    const worker = new Worker(this.options.entry, { env: {}, execArgv: [], resourceLimits });
    worker.unref();
    worker.on("error", () => this.forget(worker));
    worker.on("exit", () => this.forget(worker));
    return worker;
  }

  private converse(worker: Worker, task: WorkerRequest, { onReport, signal }: WorkerRun): Promise<InpaintResult> {
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        clearTimeout(decodeTimer);
        clearTimeout(taskTimer);
        signal.removeEventListener("abort", onAbort);
        worker.off("message", onMessage).off("messageerror", onError).off("error", onError).off("exit", onExit);
        action();
      };
      const fail = (error: unknown): void => settle(() => reject(error));
      const onAbort = (): void => fail(signal.reason);
      const onError = (error: unknown): void => fail(new WorkerLostError(`Worker failed: ${messageOf(error)}`));
      const onExit = (code: number): void => fail(new WorkerLostError(`Worker ended with code ${code}`));
      const onMessage = (reply: WorkerReply): void => {
        clearTimeout(decodeTimer);
        if (reply.kind === "report") onReport(reply.report);
        else if (reply.kind === "result") settle(() => resolve(reply.result));
        else if (reply.kind === "audio-fault") fail(new AudioFaultError(reply.fault));
        else fail(new WorkerLostError(`Worker crashed: ${reply.message}`));
      };
      const { decodeTimeoutMs, taskTimeoutMs } = this.options;
      const decodeTimer = setTimeout(() => {
        fail(new DecodeTimeoutError(`The file could not be decoded within ${decodeTimeoutMs / 1000} s`));
      }, decodeTimeoutMs);
      const taskTimer = setTimeout(() => {
        fail(new WorkerLostError(`Worker took longer than ${taskTimeoutMs / 1000} s`));
      }, taskTimeoutMs);
      signal.addEventListener("abort", onAbort, { once: true });
      worker.on("message", onMessage).on("messageerror", onError).on("error", onError).on("exit", onExit);
      worker.postMessage(task, transferables(task));
    });
  }
}

function transferables({ audio }: WorkerRequest): ArrayBuffer[] {
  return typeof audio !== "string" && audio.buffer instanceof ArrayBuffer ? [audio.buffer] : [];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
