import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { chooseFile, openRecording, RECORDING, tone, untilCompared } from "./support/recording.js";
import { useStudio } from "./support/studio.js";

/** Where the cursor of each waveform stands, as shares of its width. */
async function cursors(page: Page): Promise<number[]> {
  return page.locator(".lane .waveform > div").evaluateAll((hosts) =>
    hosts.map((host) => {
      const part = (name: string) => host.shadowRoot?.querySelector(`[part="${name}"]`)?.getBoundingClientRect();
      const [cursor, whole] = [part("cursor"), host.getBoundingClientRect()];
      return Math.round((((cursor?.left ?? 0) - whole.left) / whole.width) * 100) / 100;
    }),
  );
}

describeInBrowser("what the Studio shows", () => {
  const visit = useBrowser();
  const studioOf = useStudio();

  it("fits from phone to desk: lanes, player at hand, history as a sheet, one cursor", async () => {
    const page = await visit({ viewport: { width: 390, height: 844 } });
    await openRecording(page, studioOf().url);
    await page.getByRole("textbox", { name: "Prompt" }).fill("for the sheet");
    await page.getByRole("button", { name: "Generate" }).click();
    await untilCompared(page);
    // News of it, wherever the page is scrolled to; what was in use stays in use.
    await page.getByText("The result is there.").waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).not.toBe("Hear it");
    await page.getByRole("button", { name: "Later" }).click();

    await page.getByRole("slider", { name: "Position" }).fill("6");
    await expect.poll(() => cursors(page)).toEqual([0.5, 0.5]);
    await page.setViewportSize({ width: 1200, height: 844 });
    await page.setViewportSize({ width: 320, height: 640 });
    await expect.poll(() => cursors(page)).toEqual([0.5, 0.5]);
    const wide = await page
      .locator(".lane .waveform > div")
      .evaluateAll((hosts) =>
        hosts.map((host) => host.shadowRoot?.querySelector('[part="wrapper"]')?.getBoundingClientRect().width),
      );
    for (const width of wide) expect(width).toBeLessThanOrEqual(320);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    const [marked, mask] = [await page.locator(".replaced").boundingBox(), await page.locator(".mask").boundingBox()];
    expect(marked?.x).toBeCloseTo(mask?.x ?? 0, 0);
    expect(marked?.y).toBeGreaterThan((mask?.y ?? 0) + (mask?.height ?? 0) - 2);

    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    const player = await page.getByRole("region", { name: "Player" }).boundingBox();
    expect((player?.y ?? 0) + (player?.height ?? 0)).toBe(640);
    expect(player?.height).toBeLessThan(130);

    await page.getByRole("button", { name: /^History \(/ }).click();
    const sheet = page.getByRole("dialog", { name: "History of runs" });
    await sheet.getByRole("link", { name: /for the sheet/ }).click();
    await sheet.waitFor({ state: "hidden" });
    await page.setViewportSize({ width: 768, height: 1024 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(768);

    // Opened anew, both cursors stand where the player does.
    await page.reload();
    await untilCompared(page);
    await page.getByRole("slider", { name: "Position" }).fill("3");
    await page.getByRole("textbox", { name: "Prompt" }).focus();
    await expect.poll(() => cursors(page)).toEqual([0.25, 0.25]);
  });

  it("fits at 200 % zoom, and nothing glides for those who want no motion", async () => {
    const page = await visit({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2, reducedMotion: "reduce" });
    await openRecording(page, studioOf().url);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(640);
    await page.getByRole("button", { name: "Play" }).click();
    // From one place to the next at once, twice a second.
    const places = await page.evaluate(async () => {
      const seen = new Set<string>();
      const clock = document.querySelector(".clock") as HTMLOutputElement;
      while (clock.value < "0:01.4") {
        seen.add(clock.value);
        await new Promise(requestAnimationFrame);
      }
      return seen.size;
    });
    expect(places).toBeLessThanOrEqual(4);
  });

  it("has a spectrogram, loaded when asked for, in which pitch is height", async () => {
    const page = await visit();
    const scripts: string[] = [];
    page.on("request", (request) => scripts.push(new URL(request.url()).pathname));
    await openRecording(page, studioOf().url, { name: "low.wav", buffer: tone(110) });
    expect(scripts.filter((path) => path.includes("spectrogram"))).toEqual([]);
    const brightest = async () => {
      const canvas = page.locator(".spectrogram canvas");
      await expect.poll(() => canvas.evaluate((element: HTMLCanvasElement) => element.height)).toBe(160);
      return canvas.evaluate((element: HTMLCanvasElement) => {
        const x = Math.round(element.width / 2);
        const column = element.getContext("2d")?.getImageData(x, 0, 1, element.height).data ?? [];
        let best = 0;
        for (let row = 0; row < element.height; row++)
          if ((column[row * 4 + 1] ?? 0) > (column[best * 4 + 1] ?? 0)) best = row;
        return best;
      });
    };
    await page.keyboard.press("s");
    const low = await brightest();
    expect(scripts.filter((path) => path.includes("spectrogram")).length).toBeGreaterThan(0);
    await chooseFile(page, { name: "high.wav", buffer: tone(3_520) });
    await page.getByText("high.wav").waitFor();
    const spectrogram = page.getByRole("checkbox", { name: "Spectrogram" });
    // The page may still be busy with the new recording.
    await expect
      .poll(() =>
        spectrogram
          .check()
          .then(() => spectrogram.isChecked())
          .catch(() => false),
      )
      .toBe(true);
    // Five octaves of the eight that are shown.
    expect(low - (await brightest())).toBeCloseTo((160 * Math.log2(32)) / Math.log2(16_000 / 60), -1);
  });

  it("has an overview of a long clip when zoomed in, and turns the page while it plays", async () => {
    const page = await visit();
    await openRecording(page, studioOf().url, { ...RECORDING, buffer: tone(220, 70) });
    expect(await page.locator(".overview").count()).toBe(0);
    for (let presses = 0; presses < 5; presses++) await page.keyboard.press("+");
    expect(await page.getByRole("button", { name: "Zoom in" }).isEnabled()).toBe(false);
    const overview = page.locator(".overview");
    await overview.waitFor();
    const scrolled = () => page.getByRole("region", { name: "Waveforms" }).evaluate(({ scrollLeft }) => scrollLeft);
    const box = await overview.boundingBox();
    await page.mouse.click((box?.x ?? 0) + (box?.width ?? 0) - 2, (box?.y ?? 0) + 5);
    expect(await scrolled()).toBeGreaterThan(8_000);
    const part = await page.locator(".overview-view").boundingBox();
    expect((part?.width ?? 0) / (box?.width ?? 1)).toBeCloseTo(1 / 8, 2);
    await page.getByRole("button", { name: "Play" }).click();
    await expect.poll(scrolled).toBeLessThan(100);
    await page.keyboard.press("0");
    await overview.waitFor({ state: "detached" });
  });

  it("does what each key of the list says, outside text fields, until single keys are off", async () => {
    const page = await visit();
    await page.goto(studioOf().url);
    await page.getByText("Local engine").waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await openRecording(page, studioOf().url);
    const prompt = page.getByRole("textbox", { name: "Prompt" });
    await prompt.fill("by key");
    await prompt.press("Control+Enter");
    await untilCompared(page);
    await page.locator("body").click({ position: { x: 2, y: 300 } });
    const press = (key: string) => page.keyboard.press(key);
    const clock = () => page.locator(".clock").textContent();
    const mask = async () =>
      Promise.all(
        ["Mask start", "Mask end"].map(async (name) =>
          Number(await page.getByRole("slider", { name }).getAttribute("aria-valuenow")),
        ),
      );
    for (const [key, position] of [
      ["ArrowRight", "0:01.0"],
      ["Shift+ArrowRight", "0:06.0"],
      ["Alt+ArrowRight", "0:06.1"],
      ["ArrowLeft", "0:05.1"],
    ] as const) {
      await press(key);
      expect(await clock(), key).toBe(position);
    }
    for (const [key, span] of [
      ["[", [5, 8]],
      ["ArrowRight", [5, 8]],
      ["]", [5, 6]],
      [".", [6, 7]],
      [",", [5, 6]],
      ["Shift+>", [5, 7]],
      ["Shift+<", [5, 6]],
    ] as const) {
      await press(key);
      expect(await mask(), key).toEqual(span);
    }
    for (const [key, role, name] of [
      ["b", "radio", "B result"],
      ["a", "radio", "A original"],
      ["x", "radio", "B result"],
      ["d", "radio", "A−B what changed"],
      ["l", "checkbox", "Loop mask, 2 s before"],
      ["s", "checkbox", "Spectrogram"],
    ] as const) {
      await press(key);
      expect(await page.getByRole(role, { name }).isChecked(), key).toBe(true);
    }
    await press("+");
    expect(await page.getByRole("button", { name: "Zoom out" }).isEnabled()).toBe(true);
    await press("-");
    expect(await page.getByRole("button", { name: "Zoom out" }).isEnabled()).toBe(false);
    await press("Space");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await press("Escape");
    await page.getByRole("button", { name: "Play" }).waitFor();
    const first = page.url();
    await press("r");
    await page.waitForURL((url) => url.href !== first && url.pathname.startsWith("/jobs/"));
    await untilCompared(page);

    await prompt.focus();
    await page.keyboard.type("b");
    expect(await page.getByRole("radio", { name: "A original" }).isChecked()).toBe(true);
    await page.getByRole("button", { name: "Keys" }).click();
    await page.getByLabel("Single keys act on the page").uncheck();
    await press("Escape");
    await page.locator("body").click({ position: { x: 2, y: 300 } });
    await press("b");
    expect(await page.getByRole("radio", { name: "A original" }).isChecked()).toBe(true);
  });
});
