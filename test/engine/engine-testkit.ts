import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BroadcastChannel } from "node:worker_threads";
import { createFalClient } from "@fal-ai/client";
import { createParser } from "eventsource-parser";
import { afterEach } from "vitest";
import type { EngineOptions } from "../../src/engine/engine.js";
import { createEngine } from "../../src/engine/engine.js";
import { guardedLogger } from "../support/log-guard.js";

export const ENDPOINT = "fal-ai/stable-audio-25/inpaint";
export const SCRIPTED_WORKER = new URL("scripted-worker.mjs", import.meta.url);

const leftovers: (() => Promise<unknown>)[] = [];

/** Runs after the test, the last registered first. */
export function afterTest(dispose: () => Promise<unknown>): void {
  leftovers.push(dispose);
}

afterEach(async () => {
  for (const dispose of leftovers.splice(0).reverse()) await dispose();
});

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "punchin-engine-"));
  afterTest(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestEngine {
  url: string;
  dataDir: string;
  close(): Promise<void>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Submits to the model and gives the request id. */
  submit(input: unknown, headers?: Record<string, string>): Promise<string>;
  cancel(id: string): Promise<Response>;
  status(id: string): Promise<StatusBody>;
  result(id: string): Promise<Response>;
  /** The status stream, event by event, until it ends. */
  stream(id: string, logs?: string): AsyncGenerator<StatusBody>;
  /** Follows the stream until an event fits. */
  until(id: string, fits: (status: StatusBody) => boolean): Promise<StatusBody>;
  completed(id: string): Promise<StatusBody>;
  /** Follows the stream until a log line contains the text. */
  logged(id: string, text: string): Promise<StatusBody>;
}

export interface StatusBody {
  status: "IN_QUEUE" | "IN_PROGRESS" | "COMPLETED";
  request_id: string;
  queue_position?: number;
  progress?: number;
  logs: { timestamp: string; message: string; level: string }[] | null;
  metrics: { inference_time?: number };
  error?: string;
  error_type?: string;
}

/** An engine on a free port, with one scripted worker unless the options say otherwise. */
export async function startEngine(options: Partial<EngineOptions> & { publicUrl?: string } = {}): Promise<TestEngine> {
  const { publicUrl, ...engineOptions } = options;
  const dataDir = options.dataDir ?? (await temporaryFolder());
  const engine = createEngine({
    workers: 1,
    workerEntry: SCRIPTED_WORKER,
    logger: guardedLogger,
    ...engineOptions,
    dataDir,
  });
  const close = () => engine.close();
  afterTest(close);
  const { url } = await engine.listen({ host: "127.0.0.1", port: 0, publicUrl });
  return engineAt(url, dataDir, close);
}

export function engineAt(url: string, dataDir: string, close: () => Promise<void>): TestEngine {
  const requests = `${url}/fal-ai/stable-audio-25/requests`;
  const post: TestEngine["post"] = (path, body, headers) =>
    fetch(`${url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  async function* stream(id: string, logs = "1"): AsyncGenerator<StatusBody> {
    const response = await fetch(`${requests}/${id}/status/stream?logs=${logs}`);
    yield* readEvents(response);
  }

  async function until(id: string, fits: (status: StatusBody) => boolean): Promise<StatusBody> {
    for await (const status of stream(id)) if (fits(status)) return status;
    throw new Error(`The stream of ${id} ended before the event that was waited for`);
  }

  return {
    url,
    dataDir,
    close,
    post,
    get: (path, headers) => fetch(`${url}${path}`, { headers }),
    submit: async (input, headers) => {
      const response = await post(`/${ENDPOINT}`, input, headers);
      if (response.status !== 200) throw new Error(`submit gave ${response.status}: ${await response.text()}`);
      return ((await response.json()) as { request_id: string }).request_id;
    },
    cancel: (id) => fetch(`${requests}/${id}/cancel`, { method: "PUT" }),
    status: async (id) => (await (await fetch(`${requests}/${id}/status?logs=1`)).json()) as StatusBody,
    result: (id) => fetch(`${requests}/${id}`),
    stream,
    until,
    completed: (id) => until(id, ({ status }) => status === "COMPLETED"),
    logged: (id, text) => until(id, ({ logs }) => logs?.some(({ message }) => message.includes(text)) === true),
  };
}

export async function* readEvents(response: Response): AsyncGenerator<StatusBody> {
  const events: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => events.push(data) });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    for (const data of events.splice(0)) yield JSON.parse(data) as StatusBody;
  }
}

export interface SeenCalls {
  total: Record<string, number>;
  requests: Record<string, Record<string, number>>;
  submits: { requestId: string | null; prompt: string | null }[];
  webhooks: { requestId: string; statusCode: number | null }[];
}

export interface ControlledEngine extends TestEngine {
  /** Sets faults; every one must be accepted. */
  set(...faults: Record<string, unknown>[]): Promise<void>;
  seen(): Promise<SeenCalls>;
  /** Lets models go on that are held by this name. */
  release(name: string): Promise<void>;
}

/** An engine whose fault switches answer. */
export async function startControlledEngine(
  options: Parameters<typeof startEngine>[0] = {},
): Promise<ControlledEngine> {
  const engine = await startEngine({ control: true, ...options });
  const post = async (path: string, body: unknown): Promise<void> => {
    const response = await engine.post(path, body);
    if (response.status !== 200) throw new Error(`${path} gave ${response.status}: ${await response.text()}`);
  };
  return {
    ...engine,
    set: (...faults) => post("/control/faults", faults),
    seen: async () => (await (await engine.get("/control/seen")).json()) as SeenCalls,
    release: (name) => post("/control/release", { name }),
  };
}

/** Lets a scripted worker that holds this name go on. */
export function release(name: string): void {
  const channel = new BroadcastChannel("scripted-worker");
  channel.postMessage(name);
  channel.close();
}

/** fal's own client with fal's hosts leading to the engine, as a stand-in is used. */
export function falClient(url: string): ReturnType<typeof createFalClient> {
  return createFalClient({
    credentials: "test-id:test-secret",
    suppressLocalCredentialsWarning: true,
    fetch: (input, init) => {
      const target = new URL(input instanceof Request ? input.url : input);
      const isFal = /(^|\.)fal\.(run|ai)$/.test(target.hostname);
      return fetch(isFal ? `${url}${target.pathname}${target.search}` : target, init);
    },
  });
}

/** A 16-bit mono WAV of a few decaying notes. */
export function wavClip(seconds: number, sampleRate = 8_000): Uint8Array {
  const frames = Math.round(seconds * sampleRate);
  const bytes = Buffer.alloc(44 + frames * 2);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + frames * 2, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(sampleRate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(frames * 2, 40);
  for (let frame = 0; frame < frames; frame++) {
    const time = frame / sampleRate;
    const note = Math.floor(time * 2);
    const envelope = Math.exp(-4 * (time * 2 - note));
    const tone = Math.sin(2 * Math.PI * 220 * 2 ** ((note % 5) / 12) * time);
    bytes.writeInt16LE(Math.round(12_000 * envelope * tone), 44 + frame * 2);
  }
  return new Uint8Array(bytes);
}

export function wavDataUri(seconds: number): string {
  return `data:audio/wav;base64,${Buffer.from(wavClip(seconds)).toString("base64")}`;
}

const TINY = wavDataUri(0.1);

interface ScriptedInput {
  prompt: string;
  audio_url: string;
  mask_start: number;
  mask_end: number;
}

/** An input the scripted worker understands. */
export function scripted(prompt: string, extra: Record<string, unknown> = {}): ScriptedInput {
  return { prompt, audio_url: TINY, mask_start: 0, mask_end: 1, ...extra };
}
