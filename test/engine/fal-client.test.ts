import { ApiError, ValidationError } from "@fal-ai/client";
import { expect, it } from "vitest";
import { ENDPOINT, falClient, release, scripted, startEngine, wavClip } from "./engine-testkit.js";

interface Output {
  audio: { url: string; file_size: number };
  seed: number;
}

it("does a real job for fal's own client: upload, subscribe, download", async () => {
  const engine = await startEngine({ workerEntry: undefined });
  const fal = falClient(engine.url);
  const clip = wavClip(8);
  const audioUrl = await fal.storage.upload(new File([clip], "clip.wav", { type: "audio/wav" }));
  const lines: string[] = [];
  const { data, requestId } = await fal.subscribe(ENDPOINT, {
    input: { prompt: "more of the same", audio_url: audioUrl, mask_start: 3, mask_end: 5, seed: 7 },
    logs: true,
    pollInterval: 20,
    onQueueUpdate: (update) => {
      if (update.status === "COMPLETED") lines.push(...update.logs.map(({ message }) => message));
    },
  });
  const output = data as Output;
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(output.seed).toBe(7);
  expect(lines[0]).toMatch(/^fetched 0\.128 MB audio\/wav/);
  const wav = Buffer.from(await (await fetch(output.audio.url)).arrayBuffer());
  expect(wav.byteLength).toBe(output.audio.file_size);
  const samples = (bytes: Uint8Array, from: number, to: number) =>
    Buffer.from(bytes).subarray(bytes.byteLength - 128_000 + from * 16_000, bytes.byteLength - 128_000 + to * 16_000);
  expect(samples(wav, 0, 3).equals(samples(clip, 0, 3))).toBe(true);
  expect(samples(wav, 5, 8).equals(samples(clip, 5, 8))).toBe(true);
  expect(samples(wav, 3, 5).equals(samples(clip, 3, 5))).toBe(false);
});

it("uploads files found in the input and follows by stream", async () => {
  const engine = await startEngine();
  const fal = falClient(engine.url);
  const seen: string[] = [];
  const { data } = await fal.subscribe(ENDPOINT, {
    input: { prompt: "go", audio_url: new Blob([wavClip(0.1)], { type: "audio/wav" }), mask_start: 0, mask_end: 1 },
    mode: "streaming",
    logs: true,
    onQueueUpdate: (update) => seen.push(update.status),
  });
  expect((data as Output).audio.url).toContain(`${engine.url}/files/`);
  expect(seen.at(-1)).toBe("COMPLETED");
});

it("submits, asks, cancels and reads results by the queue client", async () => {
  const engine = await startEngine();
  const { queue } = falClient(engine.url);
  const submitted = await queue.submit(ENDPOINT, { input: scripted("hold a"), priority: "low", startTimeout: 60 });
  const requestId = submitted.request_id;
  await engine.logged(requestId, "holding");
  const status = await queue.status(ENDPOINT, { requestId, logs: true });
  expect(status).toMatchObject({ status: "IN_PROGRESS", request_id: requestId });
  await expect(queue.result(ENDPOINT, { requestId })).rejects.toMatchObject({
    status: 400,
    body: { detail: "Request is still in progress" },
  });
  await queue.cancel(ENDPOINT, { requestId });
  await engine.completed(requestId);
  const error = await queue.result(ENDPOINT, { requestId }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    status: 499,
    requestId,
    body: { detail: "Request was cancelled by the client", error_type: "client_cancelled" },
  });
  await expect(queue.cancel(ENDPOINT, { requestId })).rejects.toMatchObject({ status: 400 });
});

it("reads the status stream to its end", async () => {
  const engine = await startEngine();
  const { queue } = falClient(engine.url);
  const { request_id: requestId } = await queue.submit(ENDPOINT, { input: scripted("hold a") });
  await engine.logged(requestId, "holding");
  const stream = await queue.streamStatus(ENDPOINT, { requestId, logs: true });
  release("a");
  expect(await stream.done()).toMatchObject({ status: "COMPLETED", request_id: requestId });
});

it("gives a refused input as a ValidationError with its fields", async () => {
  const engine = await startEngine();
  const failing = falClient(engine.url).subscribe(ENDPOINT, {
    input: scripted("go", { mask_start: -1, seconds_total: "x" }),
    pollInterval: 20,
  });
  const error = await failing.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ValidationError);
  expect((error as ValidationError).fieldErrors.map(({ loc, type }) => [loc.at(-1), type])).toEqual([
    ["seconds_total", "int_parsing"],
    ["mask_start", "greater_than_equal"],
  ]);
});

it("tells a missed start deadline as the caller's own, so that the client does not ask again", async () => {
  const engine = await startEngine();
  const { queue } = falClient(engine.url);
  await engine.logged(await engine.submit(scripted("hold a")), "holding");
  const { request_id: requestId } = await queue.submit(ENDPOINT, { input: scripted("go"), startTimeout: 1.001 });
  await engine.completed(requestId);
  const error = await queue.result(ENDPOINT, { requestId }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ status: 504, timeoutType: "user" });
});
