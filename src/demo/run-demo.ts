import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startApp } from "../app.js";
import { loadConfig } from "../config.js";
import {
  CreateAudioUploadDocument,
  InpaintAudioDocument,
  InpaintProgressDocument,
  type InpaintProgressSubscription,
} from "../operations/documents.js";
import { type ApiClient, createApiClient } from "./api-client.js";
import { createProgressView } from "./progress-view.js";

export interface DemoOptions {
  /** Where to write the result, relative to the current folder. */
  readonly outputPath: string;
  readonly terminal: NodeJS.WriteStream;
  /** Ends the demo early; everything it started is closed and removed all the same. */
  readonly signal: AbortSignal;
}

type ProgressJob = InpaintProgressSubscription["inpaintProgress"]["job"];

const CLIP = new URL("../../examples/clip.mp3", import.meta.url);

/** Most of the clip's second verse; the first and the third hold what fits there. */
const REQUEST = { prompt: "mellow electric piano, bass and brushed drums, 112 bpm", maskStart: 10, maskEnd: 16 };

/** Starts a server of its own, has it replace six seconds of the bundled clip, and saves the result. */
export async function runDemo({ outputPath, terminal, signal }: DemoOptions): Promise<void> {
  const say = (line: string) => terminal.write(`${line}\n`);
  say("Punchin demo on the embedded engine: costs nothing, FAL_KEY is not used.");

  const dataFolder = await mkdtemp(join(tmpdir(), "punchin-demo-"));
  try {
    // These settings alone: nothing of the real environment reaches this server.
    const app = await startApp(
      loadConfig({ PORT: "0", DATA_DIR: dataFolder, LOG_LEVEL: "silent", MAX_LOOP_DELAY_MS: "0" }),
    );
    const client = createApiClient(app.url, signal);
    try {
      say(`Server:   ${app.url}`);
      const startedAtMs = performance.now();
      const clipUrl = await uploadClip(client, signal);
      const jobId = await submit(client, clipUrl);
      const { input, output } = await follow(client, jobId, terminal);
      const resultPath = resolve(outputPath);
      await save(resultPath, await download(output.audio.url, signal));
      const tookSeconds = (performance.now() - startedAtMs) / 1000;

      say(`Result:   ${resultPath}`);
      say(`Replaced: ${input.maskStart} s to ${input.maskEnd} s of examples/clip.mp3; the rest is untouched`);
      say(`Seed:     ${output.seed}`);
      say(`Took:     ${tookSeconds.toFixed(1)} s`);
    } finally {
      await client.close();
      await app.close();
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

/** Sends the clip's bytes to the address the server names, past GraphQL, and returns the URL that stands for them. */
async function uploadClip(client: ApiClient, signal: AbortSignal): Promise<string> {
  const bytes = await readFile(CLIP);
  const { createAudioUpload } = await client.execute(CreateAudioUploadDocument, {
    input: { fileName: "clip.mp3", contentType: "audio/mpeg", fileSize: bytes.length },
  });
  const { upload, userErrors } = createAudioUpload;
  if (!upload) throw refusal("The upload", userErrors);
  const response = await fetch(upload.uploadUrl, {
    method: upload.method,
    headers: upload.headers.map(({ name, value }): [string, string] => [name, value]),
    body: bytes,
    signal,
  });
  if (!response.ok) throw new Error(`Uploading the clip was answered with HTTP ${response.status}.`);
  return upload.fileUrl;
}

async function submit(client: ApiClient, audioUrl: string): Promise<string> {
  const { inpaintAudio } = await client.execute(InpaintAudioDocument, { input: { ...REQUEST, audioUrl } });
  const { job, userErrors } = inpaintAudio;
  if (!job) throw refusal("The request", userErrors);
  return job.id;
}

/** Shows the job's progress until its end and returns the completed job. */
async function follow(client: ApiClient, jobId: string, terminal: NodeJS.WriteStream) {
  const view = createProgressView(terminal);
  let job: ProgressJob | undefined;
  try {
    for await (const { inpaintProgress } of client.subscribe(InpaintProgressDocument, { jobId })) {
      view.show(inpaintProgress);
      job = inpaintProgress.job;
    }
  } finally {
    view.finish();
  }
  if (job?.error) throw new Error(`The job failed: ${job.error.message}`);
  if (!job?.output) throw new Error(`The updates ended before the job did; its last state was ${job?.status}.`);
  return { input: job.input, output: job.output };
}

async function download(url: string, signal: AbortSignal): Promise<Uint8Array> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`Downloading the result was answered with HTTP ${response.status}.`);
  return new Uint8Array(await response.arrayBuffer());
}

async function save(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes);
  } catch (error) {
    throw new Error(`The result can't be written to ${path}`, { cause: error });
  }
}

function refusal(what: string, userErrors: readonly { readonly message: string }[]): Error {
  return new Error(`${what} was refused: ${userErrors.map((error) => error.message).join(" ")}`);
}
