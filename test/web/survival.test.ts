import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { chooseFile, openRecording, RECORDING, untilCompared } from "./support/recording.js";
import { type TestStudio, useStudio } from "./support/studio.js";

/** Opens the recording and starts a run that waits in the middle, until what this resolves to is called. */
async function beginRun(studio: TestStudio, page: Page): Promise<() => Promise<void>> {
  await openRecording(page, studio.url);
  await page.getByRole("textbox", { name: "Prompt" }).fill("held");
  const release = await studio.hold();
  await page.getByRole("button", { name: "Generate" }).click();
  await page.getByText("half way").waitFor();
  return release;
}

async function logLines(page: Page): Promise<string[]> {
  return page.getByRole("list", { name: "Log" }).getByRole("listitem").allTextContents();
}

describeInBrowser("a run in the Studio", () => {
  const visit = useBrowser();
  const studioOf = useStudio();

  it("goes on after a reload, with what was typed meanwhile", async () => {
    const studio = studioOf();
    const page = await visit();
    const release = await beginRun(studio, page);
    await page.getByRole("textbox", { name: "Prompt" }).fill("the next idea");

    await page.reload();
    await page.getByText("Running · 50 %").first().waitFor();
    await page.getByRole("slider", { name: "Mask start" }).waitFor();
    await release();

    await page
      .getByText(/^Done in/)
      .first()
      .waitFor();
    expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("the next idea");
    expect(await logLines(page)).toEqual(["first line", "half way", "last line"]);
  });

  it("goes on after a restart of the server: says that it reconnects, then shows every line once", async () => {
    const studio = studioOf();
    const page = await visit();
    await beginRun(studio, page);
    const before = await logLines(page);

    await studio.stop();
    await page.getByText("Reconnecting…").waitFor();
    await studio.start();

    await page.getByText("Outside the mask: identical").waitFor({ timeout: 30_000 });
    await page.getByText("Reconnecting…").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: /^All \d+ lines$/ }).click();
    const after = await logLines(page);
    expect(after.slice(0, before.length)).toEqual(before);
    const numbers = await page
      .getByRole("list", { name: "Log" })
      .getByRole("listitem")
      .evaluateAll((items) => items.map((item) => (item as HTMLLIElement).value));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  it("goes on after the network was away, and is the same in a second tab", async () => {
    const studio = studioOf();
    const page = await visit();
    const release = await beginRun(studio, page);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByText("half way").waitFor();

    await page.context().setOffline(true);
    await page.getByText("Reconnecting…").waitFor();
    await page.context().setOffline(false);
    // Also while there is no news of the run.
    await page.getByText("Reconnecting…").waitFor({ state: "hidden" });
    await release();

    for (const tab of [page, other]) {
      await tab
        .getByText(/^Done in/)
        .first()
        .waitFor();
      expect(await logLines(tab)).toEqual(["first line", "half way", "last line"]);
    }
  });

  it("is there with its result after a restart of the server", async () => {
    const studio = studioOf();
    const page = await visit();
    await openRecording(page, studio.url);
    await page.getByRole("textbox", { name: "Prompt" }).fill("to be kept");
    await page.getByRole("button", { name: "Generate" }).click();
    await untilCompared(page);
    await studio.stop();
    await studio.start();
    await page.reload();
    await untilCompared(page);
    await page.getByRole("list", { name: "Log" }).waitFor();
  });

  it("can be canceled the moment it is there, and ends as the server says", async () => {
    const studio = studioOf();
    const page = await visit();
    await openRecording(page, studio.url);
    await page.getByText("12.0 s").waitFor();
    const before = page.url();
    await page.getByRole("textbox", { name: "Prompt" }).fill("no, stop");
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByRole("button", { name: "Cancel", exact: true }).click({ noWaitAfter: true });
    await page.waitForURL((url) => url.href !== before);
    const id = page.url().split("/").at(-1) ?? "";
    await expect.poll(async () => (await studio.find(id)).status).toMatch(/^(CANCELLED|COMPLETED)$/);
    const isCanceled = (await studio.find(id)).status === "CANCELLED";
    const status = page.getByRole("region", { name: "Status" }).locator(".state");
    await status.getByText(isCanceled ? "Canceled" : "it finished before the cancel arrived").waitFor();
  });

  it("says what became of a cancel: stopped, or too late", async () => {
    const studio = studioOf();
    const page = await visit();
    await beginRun(studio, page);
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByText("Canceled", { exact: true }).first().waitFor();
    await page.getByText("No result.").waitFor();

    await studio.play({ fault: "cancel-ignored", match: "next" });
    const release = await studio.hold();
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("half way").waitFor();
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("button", { name: "Canceling…" }).waitFor();
    await release();
    await page.getByText("it finished before the cancel arrived. The result is kept").first().waitFor();
  });

  it("that fails says why beside it, and keeps what was typed", async () => {
    const studio = studioOf();
    const page = await visit();
    await page.goto(studio.url);
    await chooseFile(page, RECORDING);
    await page.getByRole("textbox", { name: "Prompt" }).fill("something forbidden");
    await studio.play({ fault: "scripted-model", match: "next", outcome: { kind: "model-error", statusCode: 422 } });
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("Failed", { exact: true }).first().waitFor();
    expect(await page.getByRole("region", { name: "Status" }).getByRole("alert").textContent()).toMatch(/\w{4,}/);
    expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("something forbidden");
  });

  it("whose submission got no answer is repeated as the same one", async () => {
    const studio = studioOf();
    const page = await visit();
    await page.goto(studio.url);
    await chooseFile(page, RECORDING);
    await page.getByRole("textbox", { name: "Prompt" }).fill("once");
    const keys: string[] = [];
    await page.route("**/graphql", async (route) => {
      const body = route.request().postDataJSON();
      if (body.operationName !== "StudioSubmit") return route.continue();
      keys.push(body.variables.options.idempotencyKey);
      if (keys.length > 1) return route.continue();
      // It arrives, but the answer is lost.
      await route.fetch();
      return route.abort("connectionreset");
    });
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("Nothing was lost: try again").waitFor();
    await page.getByRole("button", { name: "Generate" }).click();
    await page
      .getByText(/^Done in/)
      .first()
      .waitFor();
    expect(keys).toEqual([keys[0], keys[0]]);
    expect(await page.getByRole("region", { name: "History" }).locator("ol > li", { hasText: "once" }).count()).toBe(1);
  });

  it("that is not there is said to be gone", async () => {
    const studio = studioOf();
    const page = await visit();
    await page.goto(`${studio.url}/jobs/019a0000-0000-7000-8000-000000000000`);
    await page.getByRole("alert").getByText("There is no such job here").waitFor();
  });
});
