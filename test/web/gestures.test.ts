import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { openRecording } from "./support/recording.js";
import { useStudio } from "./support/studio.js";

describeInBrowser("a hand at the Studio", () => {
  const visit = useBrowser();
  const studioOf = useStudio();

  it("marks no text when a drag of the mask leaves the waveform", async () => {
    const page = await visit();
    await openRecording(page, studioOf().url);
    const handle = await page.getByRole("slider", { name: "Mask end" }).boundingBox();
    const prompt = await page.getByRole("textbox", { name: "Prompt" }).boundingBox();
    for (const start of [-60, 12, 200]) {
      await page.mouse.move((handle?.x ?? 0) + start, (handle?.y ?? 0) + 30);
      await page.mouse.down();
      await page.mouse.move(prompt?.x ?? 0, prompt?.y ?? 0, { steps: 4 });
      await page.mouse.move(10, 10, { steps: 4 });
      await page.mouse.up();
      expect(await page.evaluate(() => String(getSelection()))).toBe("");
    }
  });

  it("starts nothing behind an open dialog, wherever the focus is", async () => {
    const page = await visit();
    await openRecording(page, studioOf().url);
    await page.getByRole("textbox", { name: "Prompt" }).fill("not now");
    const submitted: string[] = [];
    page.on("request", (request) => request.postData()?.includes("StudioSubmit") && submitted.push(request.url()));
    await page.getByRole("button", { name: "Keys" }).click();
    await page.keyboard.press("Control+Enter");
    await page.mouse.click(5, 5);
    await page.keyboard.press("Control+Enter");
    await page.keyboard.press("Space");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Play" }).waitFor();
    expect(submitted).toEqual([]);
  });
});
