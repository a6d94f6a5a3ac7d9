import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { dataUri, makeWav } from "../support/wav-fixture.js";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { openRecording, untilCompared } from "./support/recording.js";
import { useStudio } from "./support/studio.js";

async function generate(page: Page, prompt: string) {
  await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
  await page.getByRole("button", { name: "Generate" }).click();
}

/** Answers the next request of this operation with something else. */
async function answerOnce(page: Page, operation: string, status: number, contentType: string, body: string) {
  let isOver = false;
  await page.route("**/graphql", async (route) => {
    if (isOver || route.request().postDataJSON().operationName !== operation) return route.fallback();
    isOver = true;
    return route.fulfill({ status, contentType, body });
  });
}

describeInBrowser("the Studio in hardship", () => {
  const visit = useBrowser({ allowedStatuses: [400, 500] });
  const studioOf = useStudio();

  it.each([
    [
      "is barred from storage",
      () => {
        for (const name of ["localStorage", "sessionStorage"]) {
          Object.defineProperty(window, name, {
            get: () => {
              throw new DOMException("It is denied.", "SecurityError");
            },
          });
        }
      },
    ],
    [
      "finds storage full",
      () => {
        Storage.prototype.setItem = () => {
          throw new DOMException("It is full.", "QuotaExceededError");
        };
      },
    ],
    [
      "finds nonsense in storage",
      () => {
        for (const storage of [localStorage, sessionStorage]) {
          for (const name of ["draft", "prompt", "theme", "watch-token", "key"])
            storage.setItem(`punchin.${name}`, "{");
        }
        sessionStorage.removeItem("punchin.key");
      },
    ],
  ] as const)("works when it %s", async (_, spoil) => {
    const page = await visit();
    await page.addInitScript(spoil);
    await openRecording(page, studioOf().url);
    await page.getByRole("combobox", { name: "Theme" }).selectOption("Dark");
    await generate(page, "kept nowhere");
    await untilCompared(page);
  });

  it("says what a server did that answers with an error, with a web page, or not at all; the same click works later", async () => {
    const page = await visit();
    await page.clock.install();
    await openRecording(page, studioOf().url);
    const form = page.getByRole("form", { name: "New run" });
    await answerOnce(page, "StudioSubmit", 500, "text/html", "<h1>Internal Server Error</h1>");
    await generate(page, "against all odds");
    await form.getByText("The server can't answer now (500). Nothing was lost").waitFor();
    await answerOnce(page, "StudioSubmit", 200, "text/html", "<h1>Sign in to the Wi-Fi</h1>");
    await generate(page, "against all odds");
    await form.getByText("a proxy or a sign-in page may be in between").waitFor();

    // It never answers.
    let asked = 0;
    await page.route("**/graphql", async (route) => {
      if (asked > 0 || route.request().postDataJSON().operationName !== "StudioSubmit") return route.fallback();
      asked++;
    });
    await generate(page, "against all odds");
    await page.getByRole("button", { name: "Submitting…" }).waitFor();
    await expect.poll(() => asked).toBe(1);
    await page.clock.runFor(61_000);
    await form.getByText("The server can't be reached. Nothing was lost").waitFor();
    await generate(page, "against all odds");
    await untilCompared(page);
  });

  it("knows its engine as soon as a server that was in trouble answers", async () => {
    const page = await visit();
    await page.clock.install();
    await answerOnce(page, "StudioService", 500, "text/plain", "starting");
    await page.goto(studioOf().url);
    await page.getByRole("button", { name: "Choose a recording" }).waitFor();
    await expect
      .poll(async () => {
        await page.clock.runFor(3_000);
        return page.getByText("Local engine").count();
      })
      .toBe(1);
  });

  it("says so when the browser gives no sound, refused or silent, and plays when it does", async () => {
    const page = await visit();
    await page.clock.install();
    await page.addInitScript(() => {
      const Real = AudioContext;
      const state = { refuses: true, sleeps: true };
      Object.assign(window, { sound: state });
      window.AudioContext = class extends Real {
        constructor(options?: AudioContextOptions) {
          if (state.refuses) throw new DOMException("No sound device.", "NotSupportedError");
          super(options);
          if (state.sleeps) void super.suspend();
        }
        override resume() {
          return state.sleeps ? new Promise<void>(() => {}) : super.resume();
        }
      };
    });
    const allow = (change: object) =>
      page.evaluate((part) => Object.assign((window as unknown as { sound: object }).sound, part), change);
    await openRecording(page, studioOf().url);
    const play = page.getByRole("button", { name: "Play" });
    const alert = page.getByRole("region", { name: "Player" }).getByRole("alert");
    await play.click();
    await alert.getByText("The browser plays no sound now").waitFor();

    await allow({ refuses: false });
    await play.click();
    await alert.waitFor({ state: "detached" });
    await page.clock.runFor(4_000);
    await alert.waitFor();
    await play.waitFor();

    await allow({ sleeps: false });
    await play.click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.waitForFunction(() => (document.querySelector(".clock")?.textContent ?? "") > "0:00.2");
    expect(await alert.count()).toBe(0);
  });

  it("loads a result again that came damaged", async () => {
    const page = await visit();
    await openRecording(page, studioOf().url);
    await page.getByText("12.0 s").waitFor();
    await page.route("**/files/**", (route) => route.fulfill({ body: "no audio", contentType: "audio/wav" }), {
      times: 1,
    });
    await generate(page, "through a bad line");
    const result = page.getByRole("region", { name: "Result" });
    await result.getByRole("alert").getByText("The result can't be loaded. It can't be decoded").waitFor();
    await result.getByRole("button", { name: "Load it again" }).click();
    await untilCompared(page);
  });

  it("has the result alone of a run whose recording can't be had", async () => {
    const studio = studioOf();
    await studio.submit({ prompt: "sent by a script", audioUrl: dataUri(makeWav()) });
    const page = await visit();
    await openRecording(page, studio.url);
    await page.getByRole("link", { name: /sent by a script/ }).click();
    await page.getByText("The open run was made from another recording, which can't be shown.").waitFor();
    const result = page.getByRole("region", { name: "Result" });
    const audio = result.locator("audio");
    await expect.poll(() => audio.evaluate(({ duration }: HTMLAudioElement) => duration)).toBeCloseTo(4, 0);
    const downloading = page.waitForEvent("download");
    await result.getByRole("button", { name: "Download" }).click();
    expect((await downloading).suggestedFilename()).toMatch(/^result_1-2s_seed\d+\.wav$/);
  });

  it("opens a run whose recording has a name that can't be read", async () => {
    const studio = studioOf();
    const { id } = await studio.submit({ prompt: "odd name", audioUrl: `${studio.url}/files/none/100%.wav` });
    const page = await visit();
    await page.goto(`${studio.url}/jobs/${id}`);
    await page.getByRole("region", { name: "Source" }).getByText("The audio is not there any more (400).").waitFor();
    await page.getByText("Failed", { exact: true }).first().waitFor();
  });
});
