import { setTimeout as delay } from "node:timers/promises";
import { print } from "graphql";
import { createClient } from "graphql-ws";
import { expect, vi } from "vitest";
import WebSocket from "ws";
import { type App, startApp } from "../../src/app.js";
import { loadConfig } from "../../src/config.js";
import { createEngine } from "../../src/engine/engine.js";
import {
  CancelInpaintDocument,
  InpaintProgressDocument,
  type InpaintProgressSubscription,
  type JobFieldsFragment,
} from "../../src/operations/documents.js";
import { type FalHosts, falHosts } from "../../src/services/fal/hosts.js";
import type { SeenCalls } from "../engine/engine-testkit.js";
import { guardedLogger, guardedStream, keepKeySecret } from "../support/log-guard.js";
import { connectTo } from "../support/test-client.js";
import { dataUri, makeWav } from "../support/wav-fixture.js";
import type { FaultCase } from "./fault-cases.js";

/** What is done while every job is in its middle. */
export type Mode = "running" | "restarted" | "two watchers";

export interface Observed {
  readonly job: JobFieldsFragment;
  /** The log as each watcher has put it together. */
  readonly logs: readonly (readonly string[])[];
  readonly submits: number;
  readonly cancels: number;
  readonly results: number;
  readonly streams: number;
}

const KEY = "fault-matrix:c0ffee00c0ffee00";
/** Long enough for a busy machine, short enough to wait for calls that are never answered. */
const CALL_TIMEOUT_MS = 6_000;
const PATIENCE_MS = 120_000;
/** The shortest that fal takes, and small enough to be sent inline. */
const CLIP = dataUri(makeWav({ seconds: 6, sampleRate: 2_000 }));

/** The server with fal's hosts led to the engine: it behaves, and counts money, as with fal itself. */
export class FaultWorld {
  private engineUrl = "";
  private app: App | null = null;
  private readonly engine;

  constructor(
    private readonly folder: string,
    private readonly settings: Readonly<Record<string, string>> = {},
  ) {
    this.engine = createEngine({ dataDir: `${folder}/engine`, control: true, workers: 200, logger: guardedLogger });
    keepKeySecret(KEY);
  }

  async close(): Promise<void> {
    await this.app?.close();
    await this.engine.close();
  }

  /** Runs the jobs of these cases side by side, each with its own faults. */
  async run(cases: readonly FaultCase[], mode: Mode): Promise<Map<FaultCase, Observed>> {
    const { url } = await this.engine.listen({ host: "127.0.0.1", port: 0 });
    this.engineUrl = url;
    await this.setFaults(cases);
    let { url: appUrl } = await this.startApp();
    const followed: FollowedJob[] = [];
    for (const fault of cases) followed.push(await submitCase(fault, appUrl));
    await Promise.all(followed.map((job) => job.untilMiddle()));

    const all = [...followed];
    if (mode === "restarted") {
      await this.app?.close();
      ({ url: appUrl } = await this.startApp());
      for (const job of followed) job.watchAt(appUrl);
    } else if (mode === "two watchers") {
      for (const job of followed) all.push(new FollowedJob(job.fault, job.id, appUrl));
    }
    await this.cancelThose(followed, appUrl);
    await this.post("/control/release", { name: "middle" });
    await Promise.all(all.map((job) => job.ended));

    const seen = await this.seen();
    return new Map(followed.map((job) => [job.fault, observe(job, all, seen)]));
  }

  private async startApp(): Promise<App> {
    const config = loadConfig({
      MAX_LOOP_DELAY_MS: "0",
      PORT: "0",
      LOG_LEVEL: "trace",
      DATA_DIR: this.folder,
      FAL_KEY: KEY,
      MAX_UPSTREAM_JOBS: "200",
      RECONCILE_WINDOW_SECONDS: "1",
      ...this.settings,
    });
    this.app = await startApp(config, { logTo: guardedStream, hosts: this.hosts(), callTimeoutMs: CALL_TIMEOUT_MS });
    return this.app;
  }

  private hosts(): FalHosts {
    const fal = falHosts(KEY);
    const isOwn = (url: string) => URL.canParse(url) && new URL(url).origin === this.engineUrl;
    return {
      ...fal,
      resolve: (url) => {
        if (isOwn(url)) return { url: new URL(url), authorization: null };
        const { url: target, authorization } = fal.resolve(url);
        return { url: new URL(`${target.pathname}${target.search}`, this.engineUrl), authorization };
      },
      isFileUrl: isOwn,
    };
  }

  private async setFaults(cases: readonly FaultCase[]): Promise<void> {
    const own: Record<string, unknown>[] = cases.flatMap((fault) =>
      fault.faults.map((entry) => ({ match: { inputContains: promptOf(fault) }, ...entry })),
    );
    // Of several faults that fit, the oldest strikes: these are for whom no other is.
    const common = [
      { fault: "billable-units", units: null },
      { fault: "scripted-model", steps: [{ log: "one" }, { hold: "middle" }, { log: "two" }] },
    ];
    for (const fault of [...own, ...common]) await this.post("/control/faults", withoutEmptyMatch(fault));
  }

  /** Resolves once upstream was told of each. */
  private async cancelThose(followed: readonly FollowedJob[], appUrl: string): Promise<void> {
    const wished = followed.filter(({ fault }) => fault.isCancelled);
    await Promise.all(wished.map(({ id }) => connectTo(appUrl).run(CancelInpaintDocument, { id })));
    await vi.waitFor(
      async () => {
        const { requests } = await this.seen();
        for (const { last } of wished) expect(requests[last?.job.requestId ?? ""]?.cancel).toBeGreaterThan(0);
      },
      { timeout: 20_000, interval: 50 },
    );
  }

  private async seen(): Promise<SeenCalls> {
    return (await (await fetch(`${this.engineUrl}/control/seen`)).json()) as SeenCalls;
  }

  private async post(path: string, body: unknown): Promise<void> {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${this.engineUrl}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (response.status !== 200) throw new Error(`${path} gave ${response.status}: ${await response.text()}`);
  }
}

type Update = InpaintProgressSubscription["inpaintProgress"];

/** A watcher of one job, who takes up where it was when the connection is lost. */
class FollowedJob {
  readonly lines: string[] = [];
  last: Update | null = null;
  readonly ended: Promise<void>;
  private end = () => {};
  private fail = (_: Error) => {};
  private changed = () => {};

  constructor(
    readonly fault: FaultCase,
    readonly id: string,
    appUrl: string,
  ) {
    this.ended = new Promise((resolve, reject) => {
      this.end = resolve;
      this.fail = reject;
    });
    const patience = setTimeout(() => this.fail(new Error(`${fault.name}: no end, but ${this.state()}`)), PATIENCE_MS);
    this.ended.catch(() => {}).finally(() => clearTimeout(patience));
    this.watchAt(appUrl);
  }

  /** Watches, from the update that was seen last. */
  watchAt(appUrl: string): void {
    void this.watch(appUrl).catch(() => {});
  }

  async untilMiddle(): Promise<void> {
    const giveUpAt = Date.now() + PATIENCE_MS;
    while (!this.isInMiddle()) {
      if (Date.now() > giveUpAt) throw new Error(`${this.fault.name}: never got to its middle, but ${this.state()}`);
      await Promise.race([
        delay(1_000),
        new Promise<void>((resolve) => {
          this.changed = resolve;
        }),
      ]);
    }
  }

  private isInMiddle(): boolean {
    const { last, lines } = this;
    if (last === null) return false;
    if (last.job.finishedAt !== null) return true;
    return this.fault.isInMiddle ? this.fault.isInMiddle(last.job) : lines.includes("one");
  }

  private state(): string {
    return JSON.stringify([this.last?.job, this.lines]);
  }

  private async watch(appUrl: string): Promise<void> {
    const url = `${appUrl.replace("http", "ws")}/graphql`;
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    const variables = { jobId: this.id, after: this.last?.cursor };
    for await (const { data, errors } of client.iterate<InpaintProgressSubscription>({
      query: print(InpaintProgressDocument),
      variables,
    })) {
      if (!data) return this.fail(new Error(JSON.stringify(errors)));
      this.take(data.inpaintProgress);
    }
    await client.dispose();
    this.end();
  }

  private take(update: Update): void {
    if (update.snapshot) this.lines.length = 0;
    for (const { sequence, message } of update.logs) {
      // Each line once and in its place, or the whole log is wrong.
      if (sequence !== this.lines.length + 1) this.fail(new Error(`${this.fault.name}: line ${sequence} out of turn`));
      this.lines.push(message);
    }
    this.last = update;
    this.changed();
  }
}

function promptOf(fault: FaultCase): string {
  return `<${fault.name}>`;
}

async function submitCase(fault: FaultCase, appUrl: string): Promise<FollowedJob> {
  const { id } = await connectTo(appUrl).submit(
    { prompt: promptOf(fault), audioUrl: CLIP, ...fault.input },
    fault.options,
  );
  return new FollowedJob(fault, id, appUrl);
}

/** A fault that is for everybody says so with `match: null`. */
function withoutEmptyMatch(fault: Record<string, unknown>): Record<string, unknown> {
  const { match, ...rest } = fault;
  return match === null || match === undefined ? rest : fault;
}

function observe({ fault, id, last }: FollowedJob, all: readonly FollowedJob[], seen: SeenCalls): Observed {
  if (!last) throw new Error(`${fault.name}: nothing was told`);
  const calls = seen.requests[last.job.requestId ?? ""] ?? {};
  return {
    job: last.job,
    logs: all.filter((job) => job.id === id).map(({ lines }) => lines),
    submits: seen.submits.filter(({ prompt }) => prompt === promptOf(fault)).length,
    cancels: calls.cancel ?? 0,
    results: calls.result ?? 0,
    streams: calls.stream ?? 0,
  };
}
