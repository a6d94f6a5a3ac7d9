import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { openRecording, tone } from "./support/recording.js";
import { useStudio } from "./support/studio.js";

/** The budget is 50; fewer show growth as well. */
const RUNS = Number(process.env.STUDIO_RUNS ?? 10);

describeInBrowser("the Studio's budgets", () => {
  const visit = useBrowser();
  const studioOf = useStudio();

  it("hold: it paints soon, never holds the page up for long, and does not grow from run to run", async () => {
    const page = await visit();
    await page.addInitScript(() => {
      const longTasks: number[] = [];
      Object.assign(window, { longTasks });
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longTasks.push(duration);
      }).observe({ type: "longtask", buffered: true });
    });
    const file = { name: "tone.wav", mimeType: "audio/wav", buffer: tone(440, 41) };
    const opened = Date.now();
    await page.goto(studioOf().url);
    await page.getByRole("button", { name: "Choose a recording" }).waitFor();
    const interactiveMs = Date.now() - opened;
    const firstPaintMs = await page.evaluate(
      () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
    );
    await openRecording(page, studioOf().url, file);
    await page.getByRole("textbox", { name: "Prompt" }).fill("again and again");

    // Each at once, with a result as long as the recording.
    await studioOf().play({ fault: "scripted-model" });
    await page.route("**/files/**", (route) => route.fulfill({ body: tone(880, 41), contentType: "audio/wav" }));

    const devtools = await page.context().newCDPSession(page);
    const measure = async () => {
      await devtools.send("HeapProfiler.collectGarbage");
      const { nodes } = await devtools.send("Memory.getDOMCounters");
      const { usedSize } = await devtools.send("Runtime.getHeapUsage");
      return { nodes, heapMb: usedSize / 1e6 };
    };
    const run = async () => {
      const before = page.url();
      await page.getByRole("button", { name: "Generate" }).click();
      await page.waitForURL((url) => url.href !== before);
      await page.getByText(/^Outside the mask/).waitFor();
    };
    await run();
    await run();
    const early = await measure();
    for (let count = 2; count < RUNS; count++) await run();
    const late = await measure();
    const longest = await page.evaluate(() => Math.max(0, ...(window as unknown as { longTasks: number[] }).longTasks));
    console.info({ RUNS, firstPaintMs, interactiveMs, longestTaskMs: longest, early, late });
    // Figures for a machine at rest stand in the notes; these bounds also hold on one that is busy.
    expect(firstPaintMs).toBeLessThan(2_000);
    expect(longest).toBeLessThan(3_000);
    expect(late.nodes - early.nodes).toBeLessThan(600);
    expect(late.heapMb - early.heapMb).toBeLessThan(10);
  });
});
