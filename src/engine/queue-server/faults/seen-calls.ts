import { EventEmitter } from "node:events";
import { CALL_KINDS, type CallKind } from "../call-kind.js";
import { InvalidJsonError, parseJsonObject } from "../lossless-body.js";

/** More than a test asks for. */
const MAX_KEPT = 10_000;
const MAX_PROMPT_CHARACTERS = 200;

interface SeenSubmit {
  /** null: not enqueued. */
  requestId: string | null;
  prompt: string | null;
}

/** What was asked of the server, so that a test can say exactly what upstream saw. */
export class SeenCalls {
  private total = noCalls();
  private requests = new Map<string, Partial<Record<CallKind, number>>>();
  private submits: SeenSubmit[] = [];
  private webhooks: { requestId: string; statusCode: number | null }[] = [];
  private readonly calls = new EventEmitter().setMaxListeners(0);

  /** @param requestId where the call names one that is known */
  called(kind: CallKind, requestId: string | undefined): void {
    this.total[kind]++;
    if (requestId === undefined) return;
    const counts = this.requests.get(requestId) ?? { status: 0, stream: 0, result: 0, cancel: 0 };
    counts[kind] = (counts[kind] ?? 0) + 1;
    this.requests.set(requestId, counts);
    for (const [oldest] of this.requests) if (this.requests.size > MAX_KEPT) this.requests.delete(oldest);
  }

  /** A submit, of which it is not known yet whether it makes a request. */
  submitted(input: string): SeenSubmit {
    const submit = { requestId: null, prompt: promptOf(input) };
    keep(this.submits, submit);
    return submit;
  }

  webhookCalled(requestId: string, statusCode: number | null): void {
    keep(this.webhooks, { requestId, statusCode });
    this.calls.emit(requestId);
  }

  /** Resolves when a webhook of this request has been called. */
  webhook(requestId: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted || this.webhooks.some((webhook) => webhook.requestId === requestId)) return resolve();
      const done = (): void => {
        this.calls.off(requestId, done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.calls.on(requestId, done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  forget(): void {
    this.total = noCalls();
    this.requests = new Map();
    this.submits = [];
    this.webhooks = [];
  }

  list(): object {
    const { total, submits, webhooks } = this;
    return { total, requests: Object.fromEntries(this.requests), submits, webhooks };
  }
}

function noCalls(): Record<CallKind, number> {
  return Object.fromEntries(CALL_KINDS.map((kind) => [kind, 0])) as Record<CallKind, number>;
}

function keep<Item>(items: Item[], item: Item): void {
  items.push(item);
  if (items.length > MAX_KEPT) items.shift();
}

function promptOf(input: string): string | null {
  try {
    const { prompt } = parseJsonObject(input);
    return typeof prompt === "string" ? prompt.slice(0, MAX_PROMPT_CHARACTERS) : null;
  } catch (error) {
    if (error instanceof InvalidJsonError) return null;
    throw error;
  }
}
