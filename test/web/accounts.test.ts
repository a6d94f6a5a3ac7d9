import { createHash } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { RECORDING } from "./support/recording.js";
import { useStudio } from "./support/studio.js";

const SECRET = "a-secret-of-some-length-for-the-studio";
const KEYS = { AUTH: "keys", API_KEYS: `studio:${createHash("sha256").update(SECRET).digest("hex")}` };

async function giveKey(page: Page, key: string) {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Continue" }).click();
}

describeInBrowser("the Studio where callers have keys", () => {
  const visit = useBrowser({ allowedStatus: 401 });
  const studioOf = useStudio(KEYS);

  it("asks for the key once a tab, and shares a run with people who have none", async () => {
    const studio = studioOf();
    const page = await visit({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto(studio.url);
    await giveKey(page, "wrong");
    await page.getByRole("alert").getByText("The server doesn't know this key").waitFor();
    await giveKey(page, SECRET);
    await page.getByText("Local engine").waitFor();
    await page.reload();
    await page.getByText("Local engine").waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);

    await page.getByLabel("Recording", { exact: true }).setInputFiles(RECORDING);
    await page.getByRole("textbox", { name: "Prompt" }).fill("to be shared");
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("Outside the mask: identical").waitFor();
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByText("Copied; good for a day").waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());

    const guest = await visit();
    await guest.goto(link);
    // Where the original lies is not shown to guests: they hear the result.
    const result = guest.getByLabel("Result", { exact: true }).locator("audio");
    await expect.poll(() => result.evaluate((audio: HTMLAudioElement) => audio.duration)).toBeGreaterThan(11);
    expect(guest.url()).toBe(page.url());
    await guest.getByText("You are watching one shared run").waitFor();
    for (const name of ["Generate", "Cancel", "Again, new seed", "Share"]) {
      expect(await guest.getByRole("button", { name, exact: true }).count(), name).toBe(0);
    }
    await guest.reload();
    await result.waitFor();
    const stranger = await visit();
    await stranger.goto(page.url());
    await stranger.getByLabel("API key").waitFor();

    const late = await visit();
    await late.goto(`${link.slice(0, -4)}AAAA`);
    await late.getByRole("alert").getByText("This link has expired").waitFor();
    expect(await late.getByRole("dialog").count()).toBe(0);
  });
});
