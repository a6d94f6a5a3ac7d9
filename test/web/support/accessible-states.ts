import { it } from "vitest";
import { describeInBrowser, expectAccessible, useBrowser } from "./browser.js";
import { chooseFile, openRecording, RECORDING } from "./recording.js";
import { useStudio } from "./studio.js";

/** Each theme is a test file of its own: going through all states takes long, and two files run at once. */
export function describeAccessibleStates(colorScheme: "light" | "dark"): void {
  describeInBrowser(`every state of the Studio in the ${colorScheme} theme`, () => {
    const visit = useBrowser();
    const studioOf = useStudio();

    it("keeps to WCAG 2.2 AA", async () => {
      const studio = studioOf();
      // The checker writes inline styles.
      const page = await visit({ colorScheme, reducedMotion: "reduce", bypassCSP: true });
      await page.goto(studio.url);
      await page.getByText("Local engine").waitFor();
      await expectAccessible(page);

      await chooseFile(page, RECORDING);
      await page.getByRole("slider", { name: "Mask start" }).waitFor();
      await page.getByText("Advanced").click();
      await page.getByRole("spinbutton", { name: "end" }).fill("99");
      await page.getByText("Expected whole seconds from 5 to 12.").waitFor();
      await expectAccessible(page);
      await page.getByRole("spinbutton", { name: "end" }).fill("8");

      const release = await studio.hold();
      await page.getByRole("textbox", { name: "Prompt" }).fill("a bass");
      await page.getByRole("button", { name: "Generate" }).click();
      await page.getByText("half way").waitFor();
      await expectAccessible(page);
      await release();
      await page.getByText(/Outside the mask/).waitFor();
      await page.getByText("Details").first().click();
      await page.getByRole("button", { name: "Zoom in" }).click();
      await expectAccessible(page);

      await page.getByRole("checkbox", { name: "Blind" }).check();
      await page.getByRole("checkbox", { name: "Spectrogram" }).check();
      await page.locator(".spectrogram").nth(1).waitFor();
      await expectAccessible(page);
      await page.getByRole("checkbox", { name: "Blind" }).uncheck();
      await page.setViewportSize({ width: 390, height: 844 });
      await page.getByRole("button", { name: /^History/ }).click();
      await page.getByRole("dialog", { name: "History of runs" }).waitFor();
      await expectAccessible(page);
      await page.keyboard.press("Escape");
      await page.setViewportSize({ width: 1280, height: 900 });

      await page.getByRole("button", { name: "Keys" }).click();
      await expectAccessible(page);
      await page.keyboard.press("Escape");

      await studio.play({ fault: "scripted-model", match: "next", outcome: { kind: "model-error", statusCode: 422 } });
      await page.getByRole("button", { name: "Generate" }).click();
      await page.getByText("Failed", { exact: true }).first().waitFor();
      await expectAccessible(page);
    }, 120_000);

    it("keeps to it in trouble too", async () => {
      const studio = studioOf();
      const page = await visit({ colorScheme, bypassCSP: true });
      await page.goto(`${studio.url}/jobs/019a0000-0000-7000-8000-000000000000`);
      await page.getByRole("alert").getByText("There is no such job here").waitFor();
      await chooseFile(page, { name: "empty.wav", buffer: Buffer.alloc(0) });
      await page.getByRole("alert").getByText("is empty").waitFor();
      await expectAccessible(page);

      await openRecording(page, studio.url);
      await studio.hold();
      await page.getByRole("textbox", { name: "Prompt" }).fill("to be canceled");
      await page.getByRole("button", { name: "Generate" }).click();
      await page.getByText("half way").waitFor();
      await page.context().setOffline(true);
      await page.getByText("Reconnecting…").waitFor();
      await expectAccessible(page);
      await page.context().setOffline(false);
      await page.getByText("Reconnecting…").waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "Cancel", exact: true }).click();
      await page.getByText("Canceled", { exact: true }).first().waitFor();
      await expectAccessible(page);
    });
  });
}
