import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { guardLog } from "../support/log-guard.js";

const DEMO = fileURLToPath(new URL("../../dist/demo/main.js", import.meta.url));
const CLIP_SECONDS = 36.7;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "punchin-demo-test-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs the compiled demo in the test's folder, which is its temporary folder too, so that leftovers show. */
async function runCompiledDemo(onLine: (line: string, interrupt: () => void) => void = () => {}) {
  const child = spawn(process.execPath, [DEMO], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    // None of these may reach the demo's server: each would make it refuse to start or cost money.
    env: { ...process.env, TMPDIR: folder, FAL_KEY: "id:secret", DATABASE_URL: "postgres://nowhere", PORT: "none" },
  });
  const lines: string[] = [];
  const readAll = (stream: NodeJS.ReadableStream) =>
    createInterface(stream).on("line", (line) => {
      lines.push(line);
      guardLog(`${line}\n`);
      onLine(line, () => child.kill("SIGINT"));
    });
  readAll(child.stdout);
  readAll(child.stderr);
  const exitCode = await new Promise((resolve) => child.on("close", resolve));
  return { exitCode, lines, files: await readdir(folder) };
}

/** Duration by the WAV file's own header. */
function readWavSeconds(wav: Buffer): number {
  expect(wav.toString("latin1", 0, 4)).toBe("RIFF");
  expect(wav.toString("latin1", 8, 12)).toBe("WAVE");
  const bytesPerSecond = wav.readUInt32LE(wav.indexOf("fmt ") + 16);
  return wav.readUInt32LE(wav.indexOf("data") + 4) / bytesPerSecond;
}

describe("the demo", () => {
  it("inpaints the bundled clip, saves a WAV, tells what it did and leaves nothing else behind", async () => {
    const { exitCode, lines, files } = await runCompiledDemo();

    const text = lines.join("\n");
    expect(exitCode, text).toBe(0);
    expect(files).toEqual(["punchin-demo.wav"]);
    const wav = await readFile(join(folder, "punchin-demo.wav"));
    expect(readWavSeconds(wav)).toBeCloseTo(CLIP_SECONDS, 0);
    expect(lines[0]).toMatch(/embedded engine.*costs nothing.*FAL_KEY is not used/);
    expect(text).toMatch(/^ {2}running/m);
    expect(text).toMatch(/^ {2}\| ./m);
    expect(text).toMatch(/^ {2}completed, 100 %$/m);
    expect(text).toMatch(/^Result: +\S.*punchin-demo\.wav$/m);
    expect(text).toMatch(/^Replaced: +10 s to 16 s/m);
    expect(text).toMatch(/^Seed: +\d+$/m);
    expect(text).toMatch(/^Took: +\d+\.\d s$/m);
  });

  it("cleans up and says so when it is interrupted", async () => {
    const { exitCode, lines, files } = await runCompiledDemo((line, interrupt) => {
      if (line.startsWith("Server:")) interrupt();
    });

    expect(exitCode).toBe(1);
    expect(lines.at(-1)).toBe("The demo failed. It was stopped.");
    expect(files).toEqual([]);
  });
});
