import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { TestEngine } from "./engine-testkit.js";
import { afterTest, engineAt, startEngine, temporaryFolder, wavClip, wavDataUri } from "./engine-testkit.js";
import { initiate } from "./upload-testkit.js";

const PROGRAM = fileURLToPath(new URL("../../dist/engine/main.js", import.meta.url));

interface EngineProcess {
  child: ChildProcess;
  engine: TestEngine;
  output: () => string;
}

function run(environment: Record<string, string>): {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number>;
} {
  const child = spawn(process.execPath, [PROGRAM], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += String(chunk)));
  const ended = once(child, "close").then(([code]) => code as number);
  afterTest(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { child, output: () => output, ended };
}

async function start(dataDir: string, environment: Record<string, string> = {}): Promise<EngineProcess> {
  const { child, output, ended } = run({ PORT: "0", DATA_DIR: dataDir, ...environment });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const [, found] = /at (http:\S+),/.exec(output()) ?? [];
      if (found !== undefined) resolve(found);
    });
    ended.then(() => reject(new Error(output())), reject);
  });
  return { child, engine: engineAt(url, dataDir, async () => {}), output };
}

function residentMegabytes({ pid }: ChildProcess): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

const JOB = { prompt: "a job", audio_url: wavDataUri(8), mask_start: 2, mask_end: 4, seed: 1 };

it("says in one line where it is, and ends cleanly on SIGTERM and SIGINT", async () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const dataDir = await temporaryFolder();
    const { child, output } = await start(dataDir);
    expect(output()).toMatch(/^Punchin engine at http:\/\/127\.0\.0\.1:\d+, data in .+\n$/);
    child.kill(signal);
    expect(await once(child, "close")).toEqual([0, null]);
  }
});

it("has fault switches only with ENGINE_CONTROL=1, and says so", async () => {
  const { engine, output } = await start(await temporaryFolder(), { ENGINE_CONTROL: "1" });
  expect(output()).toMatch(/, fault switches on\n$/);
  expect(await (await engine.get("/control/faults")).json()).toEqual({ faults: [] });
  const plain = await start(await temporaryFolder());
  expect((await plain.engine.get("/control/faults")).status).toBe(404);
});

it("loses no accepted request when it is killed in the middle", async () => {
  const dataDir = await temporaryFolder();
  const first = await start(dataDir);
  const ids = await Promise.all(Array.from({ length: 3 }, () => first.engine.submit(JOB)));
  await first.engine.logged(ids[0] ?? "", "fetched");
  first.child.kill("SIGKILL");
  await once(first.child, "close");
  const second = await start(dataDir);
  for (const id of ids) {
    await second.engine.completed(id);
    const result = await second.engine.result(id);
    expect(result.status).toBe(200);
    expect(await result.json()).toMatchObject({ seed: 1, audio: { content_type: "audio/wav" } });
  }
  expect((await readdir(join(dataDir, "requests"))).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

it("gives back after a job the memory that it took", async () => {
  const { child, engine } = await start(await temporaryFolder());
  const { upload_url, file_url } = await initiate(engine);
  const body = Buffer.from(wavClip(380, 44_100));
  await fetch(upload_url, { method: "PUT", body, headers: { "content-type": "audio/wav" } });
  const before = residentMegabytes(child);
  const id = await engine.submit({ ...JOB, audio_url: file_url, mask_start: 10, mask_end: 180 });
  await engine.completed(id);
  expect((await engine.result(id)).status).toBe(200);
  // Its samples alone are 67 MB, those of the gap 30.
  await expect.poll(() => residentMegabytes(child) - before).toBeLessThan(80);
});

it("names requests, uploads and files by its public address", async () => {
  const { engine } = await start(await temporaryFolder(), { PUBLIC_URL: "https://engine.example/sub/" });
  const submitted = await (await engine.post("/fal-ai/stable-audio-25/inpaint", {})).text();
  expect(submitted).toContain('"https://engine.example/sub/fal-ai/stable-audio-25/requests/');
  const body = { content_type: "audio/wav", file_name: "a.wav" };
  const upload = await (await engine.post("/storage/upload/initiate", body)).text();
  expect(upload.match(/"https:\/\/engine\.example\/sub\/(files|uploads)\//g)).toHaveLength(2);
});

it("says what to do when the port is taken", async () => {
  const other = await startEngine();
  const { port } = new URL(other.url);
  const { ended, output } = run({ PORT: port, DATA_DIR: await temporaryFolder() });
  expect(await ended).toBe(1);
  expect(output()).toBe(`Port ${port} on 127.0.0.1 is in use. Set PORT to another one, or to 0 for any.\n`);
});

it("refuses a folder that another engine has, until that one is gone", async () => {
  const dataDir = await temporaryFolder();
  const { child } = await start(dataDir);
  const { ended, output } = run({ PORT: "0", DATA_DIR: dataDir });
  expect(await ended).toBe(1);
  expect(output()).toContain("in use by another engine");
  child.kill("SIGKILL");
  await once(child, "close");
  await start(dataDir);
});

it("says which folder it can't write", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "file"), "");
  const { ended, output } = run({ PORT: "0", DATA_DIR: join(folder, "file", "data") });
  expect(await ended).toBe(1);
  expect(output()).toContain(`The folder ${join(folder, "file", "data")}`);
});

it("names every faulty setting at once", async () => {
  const { ended, output } = run({ PORT: "70000", PUBLIC_URL: "ftp://x" });
  expect(await ended).toBe(1);
  expect(output()).toMatch(/PORT: .*\n.*PUBLIC_URL: an http or https URL/);
});
