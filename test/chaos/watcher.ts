import { setTimeout as delay } from "node:timers/promises";
import { print } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { InpaintProgressDocument, type InpaintProgressSubscription } from "../../src/operations/documents.js";
import { type GoodClient, PassingTrouble } from "./client.js";
import type { Program } from "./processes.js";

export type Update = InpaintProgressSubscription["inpaintProgress"];

const QUERY = print(InpaintProgressDocument);
const TERMINAL: ReadonlySet<string> = new Set(["COMPLETED", "FAILED", "CANCELLED"]);
const RECONNECT_MS = 25;

export function isTerminal(status: string): boolean {
  return TERMINAL.has(status);
}

/** Follows one job to its end over any number of connections, each resumed where the last one broke off. */
export class Watcher {
  readonly faults: string[] = [];
  readonly messages: string[] = [];
  last: Update | null = null;
  connections = 0;
  /** By performance.now(). */
  lastUpdateAt = 0;
  /** Resolves when the server said that the job is finished. */
  readonly done: Promise<void>;

  constructor(
    private readonly client: GoodClient,
    private readonly jobId: string,
    private readonly signal: AbortSignal,
    private readonly onUpdate: (update: Update) => void,
    private readonly pick: () => Program,
  ) {
    this.done = this.follow();
  }

  private async follow(): Promise<void> {
    while (!this.signal.aborted) {
      try {
        await this.connect(this.pick());
        if (this.last && isTerminal(this.last.status)) return;
        this.faults.push(`the watch of ${this.jobId} was completed at ${this.last?.status ?? "its start"}`);
      } catch (error) {
        if (!(error instanceof PassingTrouble)) throw error;
      }
      await delay(RECONNECT_MS, undefined, { signal: this.signal }).catch(() => {});
    }
  }

  /** Resolves when the server completes the operation. @throws PassingTrouble */
  private async connect(instance: Program): Promise<void> {
    const url = `${(instance.url ?? "http://127.0.0.1:1").replace("http", "ws")}/graphql`;
    const socket = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, keepAlive: 5_000 });
    // Disposing waits for a connection that may never come about.
    const stop = () => void Promise.resolve(socket.dispose()).catch(() => {});
    this.signal.addEventListener("abort", stop, { once: true });
    const after = this.last?.cursor ?? null;
    let isFirst = true;
    try {
      this.connections += 1;
      const variables = { jobId: this.jobId, after };
      for await (const { data, errors } of socket.iterate<InpaintProgressSubscription>({ query: QUERY, variables })) {
        if (errors) throw this.client.troubleOf(errors.map(({ message, extensions }) => ({ message, extensions })));
        if (!data) continue;
        this.take(data.inpaintProgress, isFirst && after === null);
        isFirst = false;
      }
    } catch (error) {
      if (error instanceof PassingTrouble) throw error;
      throw Array.isArray(error) ? this.client.troubleOf(error) : new PassingTrouble(String(error));
    } finally {
      this.signal.removeEventListener("abort", stop);
      stop();
    }
  }

  private take(update: Update, isSnapshotDue: boolean): void {
    if (update.snapshot !== isSnapshotDue) {
      this.faults.push(
        `${update.snapshot ? "a snapshot where news" : "news where a snapshot"} was due in ${this.jobId}`,
      );
    }
    if (this.last && isTerminal(this.last.status)) this.faults.push(`an update after the end of ${this.jobId}`);
    for (const { sequence, message } of update.logs) {
      if (sequence !== this.messages.length + 1) {
        this.faults.push(`log line ${sequence} of ${this.jobId} came after ${this.messages.length}`);
      }
      this.messages.push(message);
    }
    this.last = update;
    this.lastUpdateAt = performance.now();
    this.onUpdate(update);
  }
}
