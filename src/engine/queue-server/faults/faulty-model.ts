import { setTimeout as delay } from "node:timers/promises";
import { encodeWav } from "../../inpainting/wav-writer.js";
import type { FileStore } from "../file-store.js";
import { createFileId } from "../file-store.js";
import { InvalidJsonError, numberText, parseJsonObject } from "../lossless-body.js";
import { errorDetail } from "../model-error.js";
import { RunnerLostError } from "../queue-errors.js";
import type { LogEntry, Outcome, QueueRequest } from "../queue-request.js";
import type { ModelRunner } from "../request-queue.js";
import type { RequestRegister } from "../request-register.js";
import type { ScriptedOutcome, ScriptStep } from "./fault.js";
import type { FaultList } from "./fault-list.js";

export interface FaultyModelOptions {
  faults: FaultList;
  real: ModelRunner;
  register: RequestRegister;
  files: FileStore;
  /** Keeps a request in the queue for a time. */
  holdBack: (requestId: string, waitMs: number) => void;
}

/** The model under the faults that are set, and what goes on in it. */
export class FaultyModel {
  /** Names that were released: whoever is held by them goes on, now and later. */
  private readonly released = new Set<string>();
  private readonly endings = new Map<string, AbortController>();
  private wake = new AbortController();

  constructor(private readonly options: FaultyModelOptions) {
    options.faults.onRemoved(() => this.wakeHeld());
  }

  /** Lets those go on that are held by a name. */
  release(name: string): void {
    this.released.add(name);
    this.wakeHeld();
  }

  /** Those that are held now go on; names can be used again. */
  forgetReleases(): void {
    this.released.clear();
  }

  /** Ends a script at once, as if its time had come; a real model takes its time. */
  finishNow(requestId: string): void {
    this.endings.get(requestId)?.abort();
  }

  readonly run: ModelRunner = async (request, input, context) => {
    const { faults, real, files, holdBack } = this.options;
    const target = { requestId: request.id };
    const { signal } = context;
    const requeued = faults.strike("requeued", target);
    if (requeued !== null) {
      await delay(requeued.afterMs, undefined, { signal, ref: false });
      holdBack(request.id, requeued.waitMs);
      throw new RunnerLostError("The runner was lost");
    }
    const script = faults.strike("scripted-model", target);
    let outcome: Outcome;
    if (script === null) {
      outcome = await real(request, input, context);
    } else {
      await this.play(request, script.steps, signal);
      outcome = await outcomeOf(script.outcome ?? { kind: "audio" }, { input, files, request });
    }
    while (faults.strike("never-completes", target) !== null) await this.nextChange(signal);
    const other = faults.strike("outcome", target);
    if (other !== null) outcome = await outcomeOf(other.outcome, { input, files, request });
    const late = faults.strike("late-traceback", target);
    // Without a word to watchers: it comes with the end.
    if (late !== null)
      request.logs.push(logEntry({ log: JSON.stringify({ traceback: late.traceback }), level: "ERROR" }));
    return outcome;
  };

  private async play(request: QueueRequest, steps: readonly ScriptStep[], signal: AbortSignal): Promise<void> {
    const { register } = this.options;
    const ending = new AbortController();
    this.endings.set(request.id, ending);
    try {
      for (const step of steps) {
        if ("log" in step) request.logs.push(logEntry(step));
        else if ("progress" in step) request.progress = step.progress;
        else if ("waitMs" in step) await this.pause(step.waitMs, signal, ending.signal);
        else
          while (!this.released.has(step.hold) && !ending.signal.aborted) await this.nextChange(signal, ending.signal);
        register.changed(request);
      }
    } finally {
      this.endings.delete(request.id);
    }
  }

  private async pause(waitMs: number, signal: AbortSignal, ending: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, ending]);
    await delay(waitMs, undefined, { signal: either, ref: false }).catch(() => signal.throwIfAborted());
  }

  /** Resolves when a name was released or a fault removed. */
  private async nextChange(signal: AbortSignal, ending?: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.wake.signal, ...(ending === undefined ? [] : [ending])]);
    if (!either.aborted) await new Promise((resolve) => either.addEventListener("abort", resolve, { once: true }));
    signal.throwIfAborted();
  }

  private wakeHeld(): void {
    const { wake } = this;
    this.wake = new AbortController();
    wake.abort();
  }
}

function logEntry(
  step: Omit<Extract<ScriptStep, { log: string }>, "labels"> & { labels?: Record<string, string> },
): LogEntry {
  return {
    timestamp: step.timestamp ?? new Date().toISOString(),
    message: step.log,
    ...(step.level === null ? {} : { level: step.level, source: "USER" }),
    labels: step.labels ?? {},
  };
}

async function outcomeOf(
  scripted: ScriptedOutcome,
  { input, files, request }: { input: string; files: FileStore; request: QueueRequest },
): Promise<Outcome> {
  if (scripted.kind === "infrastructure-error") return scripted;
  if (scripted.kind === "model-error") {
    return { ...scripted, detail: scripted.detail ?? [defaultDetail(scripted.statusCode)] };
  }
  const wav = encodeWav([new Float32Array(SILENT_FRAMES)], 8_000, "int16");
  const name = `scripted-${request.id.slice(-8)}.wav`;
  const { fileLifetimeSeconds: lifetimeSeconds } = request;
  const file = { id: createFileId(), name, contentType: "audio/wav", lifetimeSeconds };
  await files.write(file, once(wav), wav.byteLength);
  return { kind: "audio", fileId: file.id, seed: seedOf(input), inline: false };
}

/** A tenth of a second. */
const SILENT_FRAMES = 800;

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function defaultDetail(statusCode: number): object {
  const [type, field, message] =
    statusCode === 422
      ? (["content_policy_violation", ["prompt"], "The content could not be processed"] as const)
      : (["internal_server_error", [], "Internal server error"] as const);
  return errorDetail(type, ["body", ...field], message);
}

/** The caller's own; 1 when there is none. */
function seedOf(input: string): string {
  try {
    return numberText(parseJsonObject(input).seed) ?? "1";
  } catch (error) {
    if (error instanceof InvalidJsonError) return "1";
    throw error;
  }
}
