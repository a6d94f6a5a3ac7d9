import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { chooseFile, openRecording, untilCompared } from "./support/recording.js";
import { useStudio } from "./support/studio.js";

async function generate(page: Page, prompt: string) {
  await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
  await page.getByRole("button", { name: "Generate" }).click();
}

describeInBrowser("a failure in the Studio", () => {
  const visit = useBrowser({ allowedStatuses: [507] });
  const studioOf = useStudio();

  it("of the upload is told beside the recording, with the way out", async () => {
    const studio = studioOf();
    const page = await visit();
    await page.goto(studio.url);
    await page.route("**/uploads/**", (route) => route.fulfill({ status: 507 }), { times: 1 });
    await openRecording(page, studio.url);
    const alert = page.getByRole("region", { name: "Source" }).getByRole("alert");
    await alert.getByText("There is no room left where recordings are stored").waitFor();
    const sent = page.waitForResponse((response) => response.request().method() === "PUT" && response.ok());
    await alert.getByRole("button", { name: "Upload again" }).click();
    await sent;
    await alert.waitFor({ state: "detached" });
    await page.route("**/uploads/**", (route) => route.abort("connectionreset"), { times: 1 });
    await openRecording(page, studio.url);
    await alert.getByText("The upload broke off. Nothing else was lost").waitFor();
    // Generate tries it again by itself.
    await generate(page, "after all");
    await untilCompared(page);
    expect(await alert.count()).toBe(0);
  });

  it("of the network is told, and the same click works when it is back", async () => {
    const page = await visit();
    await openRecording(page, studioOf().url);
    await page.context().setOffline(true);
    await generate(page, "on the train");
    await page.getByRole("form", { name: "New run" }).getByText("You are offline. Nothing was lost").waitFor();
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "Generate" }).click();
    await untilCompared(page);
    expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("on the train");
  });

  it("of an input is told beside its field", async () => {
    const studio = studioOf();
    const page = await visit();
    await openRecording(page, studio.url);
    await page.getByText("Advanced").click();
    await page.getByRole("spinbutton", { name: "Length, seconds" }).fill("3");
    await generate(page, "too short");
    const form = page.getByRole("form", { name: "New run" });
    await form.getByRole("alert").getByText("The mask starts at 4 s, but the result is 3 s long").waitFor();
    expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("too short");
    await page.getByRole("spinbutton", { name: "Length, seconds" }).fill("");
    await page.getByRole("textbox", { name: "Seed" }).fill("99999999999999999999");
    await page.getByRole("button", { name: "Generate" }).click();
    await form.getByRole("alert").getByText(/seed/i).waitFor();
  });

  it("of the engine's key holds the job back, says why, and passes when the key is good", async () => {
    const studio = studioOf();
    const page = await visit();
    await openRecording(page, studio.url);
    await studio.play({ fault: "key-refused" });
    await generate(page, "patience");
    await page.getByRole("alert").getByText("Sending is paused; jobs are kept and sent later").waitFor();
    await page
      .getByText(/^Queued/)
      .first()
      .waitFor();
    expect(await page.getByRole("progressbar").getAttribute("value")).toBeNull();
    await studio.behave();
    await page.getByText("Outside the mask: identical").waitFor({ timeout: 30_000 });
    await expect.poll(() => page.getByText("Sending is paused").count()).toBe(0);
  });

  it("that passes can be tried again at once: a timeout, a lost machine", async () => {
    const studio = studioOf();
    const page = await visit();
    await openRecording(page, studio.url);
    const outcome = { kind: "infrastructure-error", statusCode: 504, errorType: "startup_timeout", userDeadline: true };
    await studio.play({ fault: "scripted-model", match: "next", outcome });
    await generate(page, "in vain");
    const status = page.getByRole("region", { name: "Status" });
    await status.getByRole("alert").waitFor();
    expect(await status.getByRole("alert").textContent()).toMatch(/did not start before its start deadline/);
    const failed = page.url();
    await status.getByRole("button", { name: "Run it again" }).click();
    await untilCompared(page);
    expect(page.url()).not.toBe(failed);
    expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("in vain");
  });

  it("of a file is told before anything is sent", async () => {
    const studio = studioOf();
    const page = await visit();
    await page.goto(studio.url);
    const uploads: string[] = [];
    page.on("request", (request) => request.method() === "PUT" && uploads.push(request.url()));
    const tenMinutes = Buffer.alloc(44 + 600 * 16_000);
    tenMinutes.write("RIFF....WAVEfmt ", "latin1");
    for (const [at, value] of [
      [4, tenMinutes.length - 8],
      [16, 16],
      [20, 0x10001],
      [24, 8_000],
      [28, 16_000],
      [32, 0x100002],
      [40, tenMinutes.length - 44],
    ] as const)
      tenMinutes.writeUInt32LE(value, at);
    tenMinutes.write("data", 36);
    for (const [name, buffer, words] of [
      ["cover.png", Buffer.from("x"), "“cover.png” is image/png. Choose a recording"],
      ["empty.wav", Buffer.alloc(0), "“empty.wav” is empty: it has 0 bytes"],
      ["concert.wav", tenMinutes, "lasts 600.0 s; the model takes 2 to 190 s"],
    ] as const) {
      await chooseFile(page, { name, buffer });
      await page.getByRole("alert").getByText(words).waitFor();
    }
    expect(uploads).toEqual([]);
  });
});

describeInBrowser("a caller with a small allowance", () => {
  const visit = useBrowser({ allowedStatuses: [429] });
  const studioOf = useStudio({ LIMIT_TOTAL_ACTIVE_JOBS: "1" });

  it("is told that it is used up, and loses nothing", async () => {
    const studio = studioOf();
    const page = await visit();
    await openRecording(page, studio.url);
    const release = await studio.hold();
    await generate(page, "the first");
    await page.getByText("half way").waitFor();
    await page.getByRole("textbox", { name: "Prompt" }).fill("the second");
    await page.getByRole("button", { name: "Generate" }).click();
    const form = page.getByRole("form", { name: "New run" });
    await form.getByRole("alert").waitFor();
    expect(await form.getByRole("alert").textContent()).toContain(
      "Try again when one of the unfinished jobs has ended",
    );
    await release();
    await page
      .getByText(/^Done in/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Generate" }).click();
    await untilCompared(page);
    expect(await page.getByRole("textbox", { name: "Prompt" }).inputValue()).toBe("the second");
  });
});
