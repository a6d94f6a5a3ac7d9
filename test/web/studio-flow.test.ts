import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { InpaintJobsDocument } from "../../src/operations/documents.js";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { openRecording, RECORDING } from "./support/recording.js";
import { type TestStudio, useStudio } from "./support/studio.js";

/** Those with this prompt, newest first. */
async function listJobs(studio: TestStudio, prompt: string) {
  const { nodes } = (await studio.run(InpaintJobsDocument, { first: 50 })).inpaintJobs;
  return nodes.filter(({ input }) => input.prompt === prompt);
}

describeInBrowser("the Studio", () => {
  const visit = useBrowser();
  const studioOf = useStudio();

  it("takes a recording to a result, and on from there, by mouse", async () => {
    const studio = studioOf();
    const page = await visit();
    await openRecording(page, studio.url);
    const start = page.getByRole("slider", { name: "Mask start" });
    const end = page.getByRole("slider", { name: "Mask end" });
    expect([await start.getAttribute("aria-valuetext"), await end.getAttribute("aria-valuetext")]).toEqual([
      "4 seconds",
      "8 seconds",
    ]);

    await drag(page, end, 2 / 12);
    await expect.poll(() => end.getAttribute("aria-valuenow")).toBe("10");
    await drag(page, page.locator(".mask-body"), -1 / 12);
    await expect.poll(() => start.getAttribute("aria-valuenow")).toBe("3");
    await expect.poll(() => end.getAttribute("aria-valuenow")).toBe("9");
    await page.getByRole("spinbutton", { name: "end" }).fill("6");
    await expect.poll(() => end.getAttribute("aria-valuenow")).toBe("6");

    const release = await studio.hold();
    await page.getByRole("textbox", { name: "Prompt" }).fill("a slow bass");
    await page.getByRole("button", { name: "Generate" }).dblclick();
    await page.getByText("Running · 50 %").first().waitFor();
    expect(await page.getByRole("progressbar").getAttribute("value")).toBe("0.5");
    await page.getByText("half way").waitFor();
    await release();
    await page
      .getByText(/^Done in/)
      .first()
      .waitFor();
    await page.getByRole("list", { name: "Log" }).getByText("last line").waitFor();
    const [job, ...others] = await listJobs(studio, "a slow bass");
    expect(others).toEqual([]);
    expect(job?.input).toMatchObject({ prompt: "a slow bass", maskStart: 3, maskEnd: 6 });
    expect(page.url()).toBe(`${studio.url}/jobs/${job?.id}`);

    await page.getByRole("button", { name: "Again, new seed" }).click();
    await page.getByText("Outside the mask: identical").waitFor();
    const [second] = await listJobs(studio, "a slow bass");
    expect(second?.id).not.toBe(job?.id);
    expect(second?.input.seed).not.toBe(job?.input.seed);
    const downloading = page.waitForEvent("download");
    await page.getByRole("region", { name: "Result" }).getByRole("button", { name: "Download" }).click();
    expect((await downloading).suggestedFilename()).toBe(`take-one_3-6s_seed${second?.output?.seed}.wav`);

    await page.getByRole("button", { name: "Use result as source" }).click();
    await page.getByText("take one (result).wav").waitFor();
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("Outside the mask: identical").waitFor();
    const [third] = await listJobs(studio, "a slow bass");
    expect(third?.input.audioUrl).toBe(second?.output?.audio.url);
    await page.getByRole("region", { name: "History" }).getByRole("listitem").nth(2).waitFor();
  });

  it("takes a recording to a result by keyboard alone", async () => {
    const studio = studioOf();
    const page = await visit();
    // Asked for early: the browser needs a moment until it tells of a file chooser instead of showing one.
    const choosing = page.waitForEvent("filechooser");
    await page.goto(studio.url);
    await tabTo(page, "Choose a recording");
    await page.keyboard.press("Enter");
    await (await choosing).setFiles({ ...RECORDING, mimeType: "audio/wav" });
    const start = page.getByRole("slider", { name: "Mask start" });
    await start.waitFor();

    await tabTo(page, "Mask start");
    for (const key of ["ArrowLeft", "ArrowLeft", "PageDown", "ArrowRight"]) await page.keyboard.press(key);
    expect(await start.getAttribute("aria-valuenow")).toBe("1");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Home");
    expect(await page.getByRole("slider", { name: "Mask end" }).getAttribute("aria-valuenow")).toBe("2");
    await page.keyboard.press(".");
    await tabTo(page, "Prompt");
    await page.keyboard.type("just a tone");
    await page.keyboard.press("Control+Enter");
    await page.getByText("Outside the mask: identical").waitFor();
    expect((await listJobs(studio, "just a tone"))[0]?.input).toMatchObject({
      prompt: "just a tone",
      maskStart: 2,
      maskEnd: 3,
    });

    await tabTo(page, "Play");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.keyboard.press("b");
    expect(await page.getByRole("radio", { name: "B result" }).isChecked()).toBe(true);
    await page.keyboard.press("x");
    expect(await page.getByRole("radio", { name: "A original" }).isChecked()).toBe(true);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Play" }).waitFor();
    await page.keyboard.press("Shift+?");
    await page.getByRole("dialog").getByText("Single keys act on the page").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
  });

  it("takes a recording to a result by touch, on a small screen", async () => {
    const studio = studioOf();
    const page = await visit({ hasTouch: true, isMobile: true, viewport: { width: 320, height: 640 } });
    await openRecording(page, studio.url);
    const end = page.getByRole("slider", { name: "Mask end" });
    await end.evaluate((handle) => handle.scrollIntoView({ block: "center" }));
    const box = await end.boundingBox();
    expect(box?.width).toBeGreaterThanOrEqual(44);

    const touch = await page.context().newCDPSession(page);
    const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) - 14, (box?.y ?? 0) + 60];
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
    for (let step = 1; step <= 5; step++) {
      await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x: x + step * 11, y }] });
    }
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await expect.poll(() => end.getAttribute("aria-valuenow")).toBe("10");

    // Right after a swipe a tap may only end it.
    const tapSuggestion = async () => {
      await page.getByRole("button", { name: "laid-back drum kit" }).tap();
      return page.getByRole("textbox", { name: "Prompt" }).inputValue();
    };
    await expect.poll(tapSuggestion).toContain("laid-back drum kit");
    await page.getByRole("button", { name: "Generate" }).tap();
    await page.getByText("Outside the mask: identical").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  });

  it("shows the three examples, the history page by page, and what each run used", async () => {
    const studio = studioOf();
    for (let count = 0; count < 12; count++) await studio.submit({ prompt: `run ${count}` });
    const page = await visit({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto(studio.url);
    for (const [name, seconds] of [
      ["Full band", "17.2 s"],
      ["Electric piano", "12.9 s"],
      ["Drum loop", "8.6 s"],
    ] as const) {
      await page.getByRole("button", { name, exact: true }).click();
      await page.getByText(seconds).waitFor();
    }
    const rows = page.getByRole("region", { name: "History" }).locator("li");
    await rows.nth(9).waitFor();
    expect(await rows.count()).toBe(10);
    await page.getByRole("button", { name: "Show more" }).click();
    await rows.nth(11).waitFor();
    expect(await rows.nth(11).textContent()).toContain("run 0");

    await rows.first().getByText("Details").click();
    for (const [kind, text] of [
      ["GraphQL", 'prompt: "run 11"'],
      ["curl", `curl -s ${studio.url}/graphql`],
      ["Node", "await fetch("],
    ] as const) {
      await rows
        .first()
        .getByRole("button", { name: `Copy as ${kind}` })
        .click();
      await page.getByText(`Copied as ${kind}.`).waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(text);
    }
  });
});

async function drag(page: Page, from: ReturnType<Page["locator"]>, partOfWidth: number) {
  const box = await from.boundingBox();
  const surface = await page.locator(".mask-surface").boundingBox();
  if (box === null || surface === null) throw new Error("There is nothing to drag.");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 3];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + partOfWidth * surface.width, y, { steps: 5 });
  await page.mouse.up();
}

/** Presses Tab until the element with this name has the focus. */
async function tabTo(page: Page, name: string) {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return "";
      const label = element instanceof HTMLTextAreaElement ? element.labels[0]?.textContent : element?.textContent;
      return element?.getAttribute("aria-label") ?? label ?? "";
    });
    if (focused.trim().includes(name)) return;
  }
  throw new Error(`Tab never came to “${name}”.`);
}
