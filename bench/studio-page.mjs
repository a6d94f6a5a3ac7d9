// @ts-check
// The Studio in a real browser, on the embedded engine: how soon it paints and can be used, what holds up its main
// thread, how smoothly it draws, and what 50 runs leave behind.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromiumFiles from "@sparticuz/chromium";
import { chromium } from "playwright-core";
import { percentile, printTable, rounded } from "./support/measure.mjs";
import { startServer } from "./support/server.mjs";

const RUNS = 50;

const folder = await mkdtemp(join(tmpdir(), "punchin-bench-"));
const server = await startServer(join(folder, "data"), "");
const url = new URL(server.url).origin;
const executablePath = process.env.CHROMIUM_PATH ?? (await chromiumFiles.executablePath());
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

/** @typedef {{ longTasks: number[], frames: number[], decodedAt: number, drawnAt: number }} Notes what the page notes of itself */

/** Runs in the page before anything else. */
function takeNotes() {
  /** @type {Notes} */
  const notes = { longTasks: [], frames: [], decodedAt: 0, drawnAt: 0 };
  Object.assign(window, { notes });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) notes.longTasks.push(duration);
  }).observe({ type: "longtask", buffered: true });
  let before = performance.now();
  const tick = (/** @type {number} */ now) => {
    notes.frames.push(now - before);
    before = now;
    const canvas = document.querySelector(".waveform > div")?.shadowRoot?.querySelector("canvas");
    if (canvas && notes.drawnAt === 0) notes.drawnAt = performance.now();
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  const decode = OfflineAudioContext.prototype.decodeAudioData;
  OfflineAudioContext.prototype.decodeAudioData = async function (...values) {
    const decoded = await decode.apply(this, values);
    notes.decodedAt = performance.now();
    return decoded;
  };
}

/** A stereo file that looks like music, as 16-bit WAV. @param {number} seconds */
async function writeClip(seconds) {
  const frames = seconds * 44_100;
  const file = Buffer.alloc(44 + frames * 4);
  file.write("RIFF", 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8);
  for (const [offset, value] of [
    [16, 16],
    [20, 0x20001],
    [24, 44_100],
    [28, 176_400],
    [32, 0x100004],
    [40, frames * 4],
  ]) {
    file.writeUInt32LE(value ?? 0, offset);
  }
  file.write("data", 36);
  for (let frame = 0; frame < frames; frame++) {
    const beat = Math.exp(-((frame % 22_050) / 6_000));
    const sample = Math.round(12_000 * beat * Math.sin(frame / (20 + (frame % 88_200) / 22_050)));
    file.writeInt16LE(sample, 44 + frame * 4);
    file.writeInt16LE(-sample, 46 + frame * 4);
  }
  const path = join(folder, `clip-${seconds}.wav`);
  await writeFile(path, file);
  return path;
}

async function openPage() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(takeNotes);
  await page.goto(url);
  await page.getByText("Local engine").waitFor();
  return page;
}

/** @param {import("playwright-core").Page} page @returns {Promise<Notes>} what was noted since the last call */
async function readNotes(page) {
  await page.waitForTimeout(300);
  return page.evaluate(() => {
    const { notes } = /** @type {{ notes: Notes }} */ (/** @type {unknown} */ (window));
    return { ...notes, longTasks: notes.longTasks.splice(0), frames: notes.frames.splice(0) };
  });
}

/** @param {Notes} notes */
function smoothness({ longTasks, frames }) {
  return {
    "longest task ms": rounded(Math.max(0, ...longTasks)),
    "tasks over 100 ms": String(longTasks.filter((duration) => duration > 100).length),
    "frame p50 / p95 / worst ms": [0.5, 0.95, 1].map((share) => rounded(percentile(frames, share))).join(" / "),
  };
}

/** @param {number} seconds */
async function measureClip(seconds) {
  const path = await writeClip(seconds);
  const page = await openPage();
  /** @type {Record<string, string>[]} */
  const rows = [];
  const measure = async (/** @type {string} */ what, /** @type {() => Promise<unknown>} */ act) => {
    await readNotes(page);
    await act();
    const notes = await readNotes(page);
    rows.push({ clip: `${seconds} s`, what, ...smoothness(notes) });
    return notes;
  };
  const opened = await measure("open it", async () => {
    await page.getByLabel("Recording", { exact: true }).setInputFiles(path);
    await page.getByRole("slider", { name: "Mask start" }).waitFor();
  });
  await measure("drag the mask", async () => {
    const handle = await page.getByRole("slider", { name: "Mask end" }).boundingBox();
    const [x, y] = [(handle?.x ?? 0) + 12, (handle?.y ?? 0) + 30];
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (const target of [x + 200, x - 100]) await page.mouse.move(target, y, { steps: 60 });
    await page.mouse.up();
  });
  await page.getByRole("textbox", { name: "Prompt" }).fill("measured");
  await measure("run it, compare and draw the result", async () => {
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText(/^Outside the mask/).waitFor({ timeout: 120_000 });
  });
  await measure("play for the first time", async () => {
    await page.getByRole("button", { name: "Play" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
  });
  await measure("play for three seconds", () => page.waitForTimeout(3_000));
  const switchedMs = await page.evaluate(async () => {
    const sides = [...document.querySelectorAll('input[name="side"]')];
    const took = [];
    for (let count = 0; count < 20; count++) {
      const side = /** @type {HTMLInputElement} */ (sides[(count + 1) % 2]);
      const start = performance.now();
      side.click();
      took.push(performance.now() - start);
      await new Promise(requestAnimationFrame);
    }
    return took;
  });
  for (const zoom of [2, 4, 8]) {
    await measure(`zoom to ${zoom} times, playing`, () => page.keyboard.press("+"));
  }
  await page.keyboard.press("0");
  await measure("draw the spectrograms, playing", async () => {
    await page.keyboard.press("s");
    await page.waitForFunction(() => {
      const drawn = [...document.querySelectorAll("canvas")].filter(({ height }) => height === 160);
      return drawn.length === 2;
    });
  });
  await page.context().close();
  return { rows, drawnMs: opened.drawnAt - opened.decodedAt, switchedMs };
}

async function measureFirstVisits() {
  const paints = [];
  const uses = [];
  for (let count = 0; count < 10; count++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole("button", { name: "Choose a recording" }).waitFor();
    const { paint, use } = await page.evaluate(() => ({
      paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
      use: performance.now(),
    }));
    paints.push(paint);
    uses.push(use);
    await context.close();
  }
  return { paints, uses };
}

async function measureMemory() {
  const page = await openPage();
  await page.getByRole("button", { name: "Drum loop" }).click();
  await page.getByRole("slider", { name: "Mask start" }).waitFor();
  const devtools = await page.context().newCDPSession(page);
  const read = async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    const { nodes } = await devtools.send("Memory.getDOMCounters");
    const { usedSize, backingStorageSize } = await devtools.send("Runtime.getHeapUsage");
    return { nodes, heapMb: usedSize / 1e6, buffersMb: backingStorageSize / 1e6 };
  };
  const readings = [];
  for (let run = 1; run <= RUNS; run++) {
    const before = page.url();
    await page.getByRole("button", { name: "Generate" }).click();
    await page.waitForURL((address) => address.href !== before);
    await page.getByText("Outside the mask: identical").waitFor();
    if (run === 5 || run === RUNS) readings.push({ run, ...(await read()) });
  }
  await page.context().close();
  return readings;
}

try {
  const { paints, uses } = await measureFirstVisits();
  const short = await measureClip(41);
  const long = await measureClip(180);
  printTable([...short.rows, ...long.rows]);
  printTable([
    { figure: "first paint ms, median of 10", value: rounded(percentile(paints, 0.5)), target: "500" },
    { figure: "ready to be used ms, median of 10", value: rounded(percentile(uses, 0.5)), target: "1,000" },
    { figure: "decoded to drawn ms, 41 s", value: rounded(short.drawnMs), target: "300" },
    { figure: "decoded to drawn ms, 180 s", value: rounded(long.drawnMs), target: "" },
    { figure: "switch between A and B, worst of 20, ms", value: rounded(Math.max(...short.switchedMs)), target: "20" },
  ]);
  printTable(
    (await measureMemory()).map(({ run, nodes, heapMb, buffersMb }) => ({
      "after runs": String(run),
      "DOM nodes": rounded(nodes),
      "heap MB": rounded(heapMb),
      "audio and other buffers MB": rounded(buffersMb),
    })),
  );
} finally {
  await browser.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
