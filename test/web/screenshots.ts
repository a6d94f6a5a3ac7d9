import { mkdir } from "node:fs/promises";
import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { useStudio } from "./support/studio.js";

const FOLDER = "docs";
const STEPS = [
  { log: "decoded 17.2 s of audio, 2 channels at 44100 Hz" },
  { log: "tempo 112.0 bpm, clarity 0.65" },
  { progress: 0.63 },
  { log: "aligned 75 candidates" },
  { hold: "until it is canceled" },
];

describeInBrowser("pictures of the Studio", () => {
  const visit = useBrowser();
  const studioOf = useStudio();

  it("are taken", async () => {
    await mkdir(FOLDER, { recursive: true });
    const studio = studioOf();
    const page = await visit({ viewport: { width: 1280, height: 860 } });
    const take = async (name: string) => {
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: `${FOLDER}/${name}.png` });
    };
    await page.goto(studio.url);
    await page.getByText("Local engine").waitFor();
    await take("studio-empty");

    await page.getByRole("button", { name: "Full band" }).click();
    await page.getByRole("slider", { name: "Mask start" }).waitFor();
    await page.getByText("17.2 s").waitFor();
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("Outside the mask: identical").waitFor();
    await page.getByRole("button", { name: "Listen" }).click();
    await page.waitForFunction(() => (document.querySelector(".clock")?.textContent ?? "") >= "0:05.0");
    await page.getByRole("button", { name: "Pause" }).click();
    await take("studio-result");
    await page.getByRole("combobox", { name: "Theme" }).selectOption("Dark");
    await page.getByRole("checkbox", { name: "Spectrogram" }).check();
    await page.waitForFunction(() => {
      const drawn = [...document.querySelectorAll<HTMLCanvasElement>(".spectrogram canvas")];
      return drawn.length === 2 && drawn.every(({ height }) => height === 160);
    });
    await take("studio-spectrogram");
    await page.getByRole("checkbox", { name: "Spectrogram" }).uncheck();
    await take("studio-result-dark");
    await page.getByRole("combobox", { name: "Theme" }).selectOption("Light");

    await studio.play({ fault: "scripted-model", match: "next", steps: STEPS });
    await page.getByRole("button", { name: "Again, new seed" }).click();
    await page.getByText("aligned 75 candidates").waitFor();
    await take("studio-running");
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByText("Canceled", { exact: true }).first().waitFor();

    await studio.play({ fault: "scripted-model", match: "next", outcome: { kind: "model-error", statusCode: 422 } });
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("Failed", { exact: true }).first().waitFor();
    await take("studio-failed");

    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("button", { name: /^History/ }).click();
    await page.getByRole("region", { name: "History" }).getByRole("link").last().click();
    await page.getByText("Outside the mask: identical").waitFor();
    await take("studio-phone");
    expect(page.url()).toContain("/jobs/");
  });
});
