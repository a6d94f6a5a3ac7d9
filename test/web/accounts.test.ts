import { createHash } from "node:crypto";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { CreateWatchTokenDocument } from "../../src/operations/documents.js";
import { connectTo } from "../support/test-client.js";
import { describeInBrowser, expectAccessible, useBrowser } from "./support/browser.js";
import { chooseFile, RECORDING } from "./support/recording.js";
import { useStudio } from "./support/studio.js";

const SECRET = "a-secret-of-some-length-for-the-studio";
const KEYS = { AUTH: "keys", API_KEYS: `studio:${createHash("sha256").update(SECRET).digest("hex")}` };

async function giveKey(page: Page, key: string) {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Continue" }).click();
}

/** Until GraphiQL has been told the schema. */
async function waitForSchema(page: Page) {
  await page.waitForResponse(
    (response) => response.ok() && response.request().postData()?.includes("__schema") === true,
  );
}

describeInBrowser("the Studio where callers have keys", () => {
  const visit = useBrowser({ allowedStatuses: [401] });
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

    await chooseFile(page, RECORDING);
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
  });

  it("shows nothing for a link that is no good, whatever stands in it", async () => {
    const studio = studioOf();
    for (const token of [
      "AAAA",
      "",
      "a b\u0000c",
      "<img src=x onerror=alert(1)>",
      "%00%0d%0aCookie: a",
      "ü",
      "x".repeat(50_000),
    ]) {
      const page = await visit();
      page.on("dialog", () => expect.unreachable("A script of the token's ran."));
      await page.goto(`${studio.url}/jobs/019a0000-0000-7000-8000-000000000000#token=${token}`);
      await page.getByRole("alert").getByText("This link has expired, or was not copied whole").waitFor();
      expect(await page.getByRole("dialog").count()).toBe(0);
      expect(page.url()).not.toContain("#");
    }
  });

  it("asks for it in GraphiQL too, where the one that was given to the Studio will do; refuses one that can't be a key", async () => {
    const studio = studioOf();
    const page = await visit();
    const explorer = await visit();
    await explorer.goto(`${studio.url}/graphiql`);
    const introspected = waitForSchema(explorer);
    await giveKey(explorer, SECRET);
    await introspected;
    await explorer.getByRole("tab").nth(4).waitFor();
    expect(await explorer.getByRole("dialog", { name: "Your key, please" }).count()).toBe(0);

    await page.goto(studio.url);
    await giveKey(page, "ключ\u00a0ключ");
    await page.getByRole("alert").getByText("The server doesn't know this key").waitFor();
    await giveKey(page, SECRET);
    await page.getByText("Local engine").waitFor();
    const answered = waitForSchema(page);
    await page.getByRole("link", { name: "GraphiQL" }).click();
    await answered;
  });

  it.each(["light", "dark"] as const)(
    "keeps to WCAG 2.2 AA where it asks for a key, and for guests, in the %s theme",
    async (colorScheme) => {
      const studio = studioOf();
      const page = await visit({ colorScheme, bypassCSP: true });
      await page.goto(studio.url);
      await giveKey(page, "wrong");
      await page.getByRole("alert").waitFor();
      await expectAccessible(page);

      const owner = connectTo(studio.url, SECRET);
      const { id } = await owner.submit({ prompt: "to be shown" });
      const { createWatchToken } = await owner.run(CreateWatchTokenDocument, { jobId: id, ttlSeconds: 600 });
      const guest = await visit({ colorScheme, bypassCSP: true });
      await guest.goto(`${studio.url}/jobs/${id}#token=${createWatchToken.token}`);
      await guest.getByRole("button", { name: "Download" }).waitFor();
      await expectAccessible(guest);
    },
  );
});
