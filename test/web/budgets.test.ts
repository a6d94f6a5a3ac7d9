import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { openRecording, tone, untilCompared } from "./support/recording.js";
import { useStudio } from "./support/studio.js";

const RUNS = 8;

/** What the page asks of its main thread. How long it takes is measured by bench/studio-page.mjs. */
interface Work {
  /** The most samples that were copied at once. */
  copied: number;
  /** How often a waveform was filled with colour. */
  fills: number;
  /** How often something was kept. */
  kept: number;
  workers: number;
}

function countWork(): void {
  const work: Work = { copied: 0, fills: 0, kept: 0, workers: 0 };
  Object.assign(window, { work });
  const copy = AudioBuffer.prototype.copyFromChannel;
  AudioBuffer.prototype.copyFromChannel = function (destination, channel, start) {
    work.copied = Math.max(work.copied, destination.length);
    return copy.call(this, destination, channel, start);
  };
  AudioBuffer.prototype.getChannelData = () => {
    throw new Error("All samples of a channel at once are for workers.");
  };
  const fill = CanvasRenderingContext2D.prototype.fill;
  CanvasRenderingContext2D.prototype.fill = function (...values: unknown[]) {
    work.fills++;
    Reflect.apply(fill, this, values);
  };
  const setItem = Storage.prototype.setItem;
  Storage.prototype.setItem = function (...item) {
    work.kept++;
    return setItem.apply(this, item);
  };
  const Real = Worker;
  window.Worker = class extends Real {
    constructor(...values: ConstructorParameters<typeof Worker>) {
      super(...values);
      work.workers++;
    }
  };
}

describeInBrowser("the Studio's main thread", () => {
  const visit = useBrowser();
  const studioOf = useStudio();

  it("leaves samples to workers, drawing to what changed, and frames to the cursor", async () => {
    const page = await visit();
    await page.addInitScript(countWork);
    const read = () => page.evaluate(() => ({ ...(window as unknown as { work: Work }).work }));
    const minute = { name: "minute.wav", buffer: tone(440, 60, 8_000) };
    await openRecording(page, studioOf().url, minute);
    await page.getByRole("textbox", { name: "Prompt" }).fill("measured");
    await page.getByRole("button", { name: "Generate" }).click();
    await untilCompared(page);
    const compared = await read();
    expect(compared.copied).toBeLessThanOrEqual(2 ** 19);
    expect(compared.workers).toBe(2);

    // A drag: a second is a step, and what was dragged is kept when it rests.
    const handle = await page.getByRole("slider", { name: "Mask end" }).boundingBox();
    const [x, y] = [(handle?.x ?? 0) + 12, (handle?.y ?? 0) + 30];
    await page.evaluate(() => {
      const seen = { changes: 0 };
      Object.assign(window, { seen });
      new MutationObserver((changes) => {
        seen.changes += changes.length;
      }).observe(document.querySelector(".mask") as Element, { attributes: true });
    });
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 100, y, { steps: 100 });
    await page.mouse.up();
    const { changes } = await page.evaluate(() => (window as unknown as { seen: { changes: number } }).seen);
    expect(changes).toBeGreaterThan(0);
    expect(changes).toBeLessThan(20);
    expect((await read()).kept - compared.kept).toBeLessThan(20);

    // While it plays, only what shows the time changes; a switch between the sides draws nothing.
    await page.getByRole("button", { name: "Play" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    const playing = await read();
    const changed = await page.evaluate(async () => {
      const names = new Set<string>();
      const watch = new MutationObserver((changes) => {
        for (const { target } of changes) {
          const element = target instanceof Element ? target : target.parentElement;
          names.add(element?.className || element?.tagName || "");
        }
      });
      watch.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
      for (let frames = 0; frames < 60; frames++) await new Promise(requestAnimationFrame);
      watch.disconnect();
      return [...names];
    });
    expect(changed.filter((name) => name !== "clock" && name !== "seek")).toEqual([]);
    await page.getByRole("radio", { name: "B result" }).check();
    await page.getByRole("radio", { name: "A original" }).check();
    expect((await read()).fills).toBe(playing.fills);
  });

  it("keeps nothing of the runs before", async () => {
    const page = await visit();
    await openRecording(page, studioOf().url);
    const devtools = await page.context().newCDPSession(page);
    const measure = async () => {
      await devtools.send("HeapProfiler.collectGarbage");
      const { nodes } = await devtools.send("Memory.getDOMCounters");
      const { usedSize, backingStorageSize } = await devtools.send("Runtime.getHeapUsage");
      return { nodes, heapMb: usedSize / 1e6, buffersMb: backingStorageSize / 1e6 };
    };
    const run = async () => {
      const before = page.url();
      await page.getByRole("textbox", { name: "Prompt" }).fill("again and again");
      await page.getByRole("button", { name: "Generate" }).click();
      await page.waitForURL((url) => url.href !== before);
      await untilCompared(page);
    };
    await run();
    await run();
    const early = await measure();
    for (let count = 2; count < RUNS; count++) await run();
    const late = await measure();
    // A row of the history each.
    expect(late.nodes - early.nodes).toBeLessThan(100 * (RUNS - 2));
    expect(late.heapMb - early.heapMb).toBeLessThan(10);
    // One recording decoded has two megabytes, one result another two.
    expect(late.buffersMb - early.buffersMb).toBeLessThan(5);
  });
});
