import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { expect, it } from "vitest";
import { scripted, startEngine } from "./engine-testkit.js";

it.each([["die"], ["throw"], ["crash"]])("fails only the request whose worker does: %s", async (prompt) => {
  const engine = await startEngine();
  const lost = await engine.submit(scripted(prompt));
  const next = await engine.submit(scripted("go"));
  const body = { detail: "The worker that ran this request was lost", error_type: "internal_error" };
  expect(await engine.completed(lost)).toMatchObject({ error: body.detail, error_type: body.error_type });
  const result = await engine.result(lost);
  expect(result.status).toBe(500);
  expect(result.headers.get("x-fal-error-type")).toBe("internal_error");
  expect(await result.json()).toEqual(body);
  await engine.completed(next);
  expect((await engine.result(next)).status).toBe(200);
});

it("ends a worker that takes too long", async () => {
  const engine = await startEngine({ taskTimeoutMs: 300 });
  const hung = await engine.submit(scripted("spin"));
  const next = await engine.submit(scripted("go"));
  expect(await engine.completed(hung)).toMatchObject({ error_type: "internal_error" });
  await engine.completed(next);
  expect((await engine.result(next)).status).toBe(200);
});

it("ends a worker that does not get the file decoded in time, and tells whose fault that is", async () => {
  const engine = await startEngine({ decodeTimeoutMs: 1_000 });
  const hung = await engine.submit(scripted("decode-forever"));
  const next = await engine.submit(scripted("go"));
  await engine.completed(hung);
  const result = await engine.result(hung);
  expect(result.status).toBe(422);
  const { detail } = (await result.json()) as { detail: unknown[] };
  expect(detail).toEqual([
    expect.objectContaining({
      type: "unsupported_audio_format",
      loc: ["body", "audio_url"],
      msg: expect.stringContaining("could not be decoded within 1 s"),
    }),
  ]);
  await engine.completed(next);
  expect((await engine.result(next)).status).toBe(200);
});

it("counts the time for decoding only until the first report", async () => {
  const engine = await startEngine({ decodeTimeoutMs: 1_000, taskTimeoutMs: 1_500 });
  const spinning = await engine.submit(scripted("spin"));
  expect(await engine.completed(spinning)).toMatchObject({ error_type: "internal_error" });
});

it("fails only the request whose worker takes more memory than it may", async () => {
  const engine = await startEngine();
  const lost = await engine.submit(scripted("hoard"));
  const next = await engine.submit(scripted("go"));
  expect(await engine.completed(lost)).toMatchObject({ error_type: "internal_error" });
  await engine.completed(next);
  expect((await engine.result(next)).status).toBe(200);
});

it("tells what is wrong with the audio in fal's words", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("refuse"));
  expect(await engine.completed(id)).not.toHaveProperty("error");
  const result = await engine.result(id);
  expect(result.status).toBe(422);
  expect(await result.json()).toEqual({
    detail: [
      {
        loc: ["body", "audio_url"],
        msg: "Not audio",
        type: "unsupported_audio_format",
        url: "https://docs.fal.ai/errors#unsupported_audio_format",
        ctx: { supported_formats: ["wav"] },
      },
    ],
  });
});

it("keeps nothing of what a worker began to write for a request that came to nothing", async () => {
  const engine = await startEngine();
  for (const prompt of ["die", "refuse"]) await engine.completed(await engine.submit(scripted(prompt)));
  const cancelled = await engine.submit(scripted("spin"));
  await engine.logged(cancelled, "started");
  await engine.cancel(cancelled);
  await engine.completed(cancelled);
  expect(await readdir(join(engine.dataDir, "files"))).toEqual([]);
});

it("fails a request, not the engine, when there is no worker program", async () => {
  const engine = await startEngine({ workerEntry: new URL("no-such-worker.mjs", import.meta.url) });
  const id = await engine.submit(scripted("go"));
  expect(await engine.completed(id)).toMatchObject({ error_type: "internal_error" });
});

it("logs no authorization, signature or input", async () => {
  const lines: string[] = [];
  const logger = pino({ level: "trace" }, { write: (line: string) => lines.push(line) });
  const engine = await startEngine({ logger });
  const id = await engine.submit(scripted("crash", { note: "input-secret" }), { authorization: "Key header-secret" });
  await engine.completed(id);
  await engine.get("/files/x?signature=query-secret");
  expect(lines.join("")).toContain("worker lost");
  expect(lines.join("")).not.toMatch(/header-secret|query-secret|input-secret/);
});
