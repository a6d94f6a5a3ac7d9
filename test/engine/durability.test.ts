import { readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { TestEngine } from "./engine-testkit.js";
import { ENDPOINT, release, scripted, startEngine } from "./engine-testkit.js";

async function restart(engine: TestEngine, options: Parameters<typeof startEngine>[0] = {}): Promise<TestEngine> {
  await engine.close();
  return startEngine({ ...options, dataDir: engine.dataDir });
}

function requestPath(engine: TestEngine, id: string): string {
  return join(engine.dataDir, "requests", `${id}.json`);
}

/** Each start of the work is told by what was fetched. */
function withFetched(message: string): string[] {
  return message.startsWith("started") ? [expect.stringContaining("fetched"), message] : [message];
}

it("keeps finished requests and their audio over a restart", async () => {
  const engine = await startEngine();
  const done = await engine.submit(JSON.stringify(scripted("go")).replace("}", ',"seed":196619188014358661}'));
  const refused = await engine.submit(scripted("refuse"));
  await engine.completed(refused);
  const statuses = [await engine.status(done), await engine.status(refused)];
  const again = await restart(engine);
  const moved = JSON.parse(JSON.stringify(statuses).replaceAll(engine.url, again.url)) as unknown[];
  expect([await again.status(done), await again.status(refused)]).toEqual(moved);
  const text = await (await again.result(done)).text();
  expect(text).toContain('"seed":196619188014358661');
  const { audio } = JSON.parse(text) as { audio: { url: string; file_size: number } };
  expect((await (await fetch(audio.url)).arrayBuffer()).byteLength).toBe(audio.file_size);
  expect((await again.result(refused)).status).toBe(422);
});

it("starts unfinished requests again in their order, with the log they had", async () => {
  const engine = await startEngine();
  const running = await engine.submit(scripted("hold a"));
  const low = await engine.submit(scripted("hold low"), { "x-fal-queue-priority": "low" });
  const normal = await engine.submit(scripted("hold normal"));
  await engine.logged(running, "holding");
  const again = await restart(engine);
  const messages: string[] = [];
  await again.until(running, ({ logs }) => {
    messages.push(...(logs ?? []).map(({ message }) => message));
    return messages.filter((message) => message.startsWith("holding")).length === 2;
  });
  const restarted = "The engine stopped before this was done and starts it again";
  expect(messages).toEqual(
    ["started hold a", "holding a", restarted, "started hold a", "holding a"].flatMap(withFetched),
  );
  expect((await again.status(normal)).queue_position).toBe(0);
  expect((await again.status(low)).queue_position).toBe(1);
  release("a");
  await again.logged(normal, "holding");
  release("normal");
  await again.logged(low, "holding");
  release("low");
  await again.completed(low);
  expect((await again.result(running)).status).toBe(200);
});

it("has a submit on disk before it answers", async () => {
  const engine = await startEngine();
  await engine.logged(await engine.submit(scripted("hold a")), "holding");
  const body = '{ "prompt":"go",  "seed": 196619188014358661 }';
  const id = await engine.submit(body);
  const folder = join(engine.dataDir, "requests");
  expect(await readFile(join(folder, `${id}.input.json`), "utf8")).toBe(body);
  expect(JSON.parse(await readFile(requestPath(engine, id), "utf8"))).toMatchObject({ id, status: "IN_QUEUE" });
  expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

it("keeps what was cancelled cancelled", async () => {
  const engine = await startEngine();
  await engine.logged(await engine.submit(scripted("hold a")), "holding");
  const id = await engine.submit(scripted("go"));
  await engine.cancel(id);
  const again = await restart(engine);
  expect(await again.status(id)).toMatchObject({ status: "COMPLETED", error_type: "client_cancelled" });
});

it("holds a start deadline over a restart", async () => {
  const engine = await startEngine();
  await engine.logged(await engine.submit(scripted("hold a")), "holding");
  const id = await engine.submit(scripted("go"), { "x-fal-request-start-timeout": "0.3" });
  const again = await restart(engine);
  expect(await again.completed(id)).toMatchObject({ error_type: "startup_timeout" });
});

it("gives up on a request that has ended the process three times", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("hold a"));
  await engine.logged(id, "holding");
  await engine.close();
  const path = requestPath(engine, id);
  const stored = JSON.parse(await readFile(path, "utf8")) as object;
  expect(stored).toMatchObject({ attempts: 0 });
  await writeFile(path, JSON.stringify({ ...stored, attempts: 3 }));
  const again = await restart(engine);
  expect(await again.status(id)).toMatchObject({ status: "COMPLETED", error_type: "internal_error" });
});

it("ignores what a crash left half written or damaged, and serves the rest", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("go"));
  await engine.completed(id);
  const folder = join(engine.dataDir, "requests");
  await writeFile(join(folder, "a.json"), '{"id":"a"');
  await writeFile(join(folder, "b.json.tmp"), "half");
  await writeFile(join(folder, "c.input.json"), "{}");
  await writeFile(join(engine.dataDir, "files", `${"0".repeat(32)}.part`), "half");
  const again = await restart(engine);
  expect((await again.result(id)).status).toBe(200);
  expect((await readdir(folder)).filter((name) => /^[bc]\./.test(name))).toEqual([]);
  expect((await readdir(join(engine.dataDir, "files"))).filter((name) => name.endsWith(".part"))).toEqual([]);
});

it("fails a request whose input has vanished from the disk", async () => {
  const engine = await startEngine();
  const running = await engine.submit(scripted("hold a"));
  const id = await engine.submit(scripted("go"));
  await engine.logged(running, "holding");
  await rm(join(engine.dataDir, "requests", `${id}.input.json`));
  release("a");
  expect(await engine.completed(id)).toMatchObject({ error: "Internal error", error_type: "internal_error" });
});

it("forgets finished requests and files past their age or number", async () => {
  const engine = await startEngine();
  const ids = [await engine.submit(scripted("go")), await engine.submit(scripted("go"))] as const;
  await engine.completed(ids[1]);
  const fewer = await restart(engine, { maxFinishedRequests: 1 });
  await expect.poll(async () => (await fewer.result(ids[0])).status).toBe(404);
  expect((await fewer.result(ids[1])).status).toBe(200);
  const files = join(engine.dataDir, "files");
  const old = new Date(Date.now() - 60_000);
  for (const name of await readdir(files)) await utimes(join(files, name), old, old);
  const younger = await restart(fewer, { retentionMs: 30_000 });
  await expect.poll(async () => await readdir(files)).toEqual([]);
  expect((await younger.result(ids[1])).status).toBe(404);
  const none = await restart(younger, { retentionMs: 0 });
  await expect.poll(async () => await readdir(join(engine.dataDir, "requests"))).toEqual([]);
  expect((await none.get(`/fal-ai/stable-audio-25/requests/${ids[1]}/status`)).status).toBe(404);
});

it("keeps no input longer than needed when its caller says so", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("go"), { "x-fal-store-io": "0" });
  await engine.completed(id);
  expect((await engine.result(id)).status).toBe(200);
  expect(await readdir(join(engine.dataDir, "requests"))).toEqual([`${id}.json`]);
});

it("answers with a clear error when a submit can't be stored", async () => {
  const engine = await startEngine();
  await rm(join(engine.dataDir, "requests"), { recursive: true });
  const response = await engine.post(`/${ENDPOINT}`, scripted("go"));
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({ detail: "Internal error", error_type: "internal_error" });
});
