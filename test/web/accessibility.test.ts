import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { chooseFile, RECORDING } from "./support/recording.js";
import { useStudio } from "./support/studio.js";

describeInBrowser("for whoever needs it so, the Studio", () => {
  const visit = useBrowser();
  const studioOf = useStudio();

  it("keeps the chosen theme, from the first paint on", async () => {
    const studio = studioOf();
    const page = await visit({ colorScheme: "light" });
    await page.goto(studio.url);
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(await ground()).toBe("rgb(247, 247, 249)");
    await page.getByRole("combobox", { name: "Theme" }).selectOption("Dark");
    expect(await ground()).toBe("rgb(20, 22, 28)");
    await page.reload({ waitUntil: "commit" });
    await page.waitForFunction(() => document.body !== null);
    expect(await ground()).toBe("rgb(20, 22, 28)");
  });

  it("needs no sideways scroll at 320 pixels, which is 1280 at 400 %", async () => {
    const studio = studioOf();
    const page = await visit({ viewport: { width: 320, height: 256 } });
    await page.goto(studio.url);
    await chooseFile(page, RECORDING);
    await page.getByRole("slider", { name: "Mask start" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  });
});
