import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { makeM4a } from "./support/m4a-fixture.js";
import { chooseFile, openRecording, RATE, RECORDING, untilCompared } from "./support/recording.js";
import { useStudio } from "./support/studio.js";

interface GivenFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
}

/** Drops files on the page, or pastes them with what else is on the clipboard. */
async function give(
  page: Page,
  event: "drop" | "paste",
  files: readonly GivenFile[],
  { text = "", into = "body" } = {},
) {
  const sent = files.map(({ name, type, bytes }) => ({ name, type, base64: bytes.toString("base64") }));
  await page.evaluate(
    ({ event, sent, text, into }) => {
      const data = new DataTransfer();
      for (const { name, type, base64 } of sent) {
        const content = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        data.items.add(new File([content], name, { type }));
      }
      if (text !== "") data.setData("text/plain", text);
      const init = { bubbles: true, cancelable: true };
      const given =
        event === "drop"
          ? new DragEvent("drop", { ...init, dataTransfer: data })
          : new ClipboardEvent("paste", { ...init, clipboardData: data });
      document.querySelector(into)?.dispatchEvent(given);
    },
    { event, sent, text, into },
  );
}

const RECORDED: GivenFile = { name: RECORDING.name, type: "audio/wav", bytes: RECORDING.buffer };
const PICTURE: GivenFile = { name: "cover.png", type: "image/png", bytes: Buffer.from("x") };

describeInBrowser("a recording given to the Studio", () => {
  const visit = useBrowser();
  const studioOf = useStudio();

  it("is dropped or pasted, and what can't be taken is said", async () => {
    const page = await visit();
    await page.goto(studioOf().url);
    await page.getByText("Local engine").waitFor();
    const alert = page.getByRole("alert");
    const broken = Buffer.from("no audio");
    await give(page, "drop", [{ name: "notes.txt", type: "text/plain", bytes: broken }]);
    await alert.getByText("“notes.txt” is text/plain. Choose a recording").waitFor();
    await give(page, "drop", [{ name: "broken.wav", type: "audio/wav", bytes: broken }]);
    await alert.getByText("“broken.wav” can't be decoded").waitFor();
    const second = RECORDING.buffer.subarray(0, 44 + 2 * RATE);
    await give(page, "drop", [{ ...RECORDED, bytes: second }]);
    await alert.getByText("lasts 1.0 s; the model takes 2 to 190 s").waitFor();
    await give(page, "paste", [RECORDED]);
    await page.getByText("12.0 s · mono").waitFor();
    expect(await alert.count()).toBe(0);
  });

  it("is found among files that come with it, and text that is pasted with a picture of it stays text", async () => {
    const page = await visit();
    await page.goto(studioOf().url);
    await give(page, "drop", [PICTURE, RECORDED, { ...RECORDED, name: "take two.wav" }]);
    await page.getByText("One recording at a time: the 2 other files were left out.").waitFor();
    await page.getByRole("region", { name: "Source" }).getByText("take one.wav").waitFor();

    await give(page, "paste", [PICTURE], { text: "a slow bass", into: "#prompt" });
    expect(await page.getByRole("alert").count()).toBe(0);
    await give(page, "paste", [PICTURE]);
    await page.getByRole("alert").getByText("“cover.png” is image/png").waitFor();
  });

  it("may be M4A: the engine, which reads none, is sent its sound as WAV", async () => {
    const page = await visit();
    const sent: string[] = [];
    page.on("request", (request) => request.method() === "PUT" && sent.push(request.headers()["content-type"] ?? ""));
    const memo = { name: "voice memo.m4a", buffer: makeM4a(5) };
    await openRecording(page, studioOf().url, memo);
    await page.getByText("5.0 s · mono").getByText("sent as WAV").waitFor();
    await page.getByRole("textbox", { name: "Prompt" }).fill("from a telephone");
    await page.getByRole("button", { name: "Generate" }).click();
    await untilCompared(page);
    expect(sent).toEqual(["audio/wav"]);
  });

  it("may not be M4A in a browser without its decoder, which is said beside the button and before anything is sent", async () => {
    const page = await visit();
    await page.addInitScript(() => {
      HTMLMediaElement.prototype.canPlayType = () => "";
    });
    await page.goto(studioOf().url);
    await page.getByText("WAV, MP3, FLAC, OGG (this browser can't read M4A)").waitFor();
    const sent: string[] = [];
    page.on("request", (request) => request.method() === "PUT" && sent.push(request.url()));
    const memo = { name: "memo.m4a", buffer: makeM4a(5) };
    await chooseFile(page, memo);
    await page.getByRole("alert").getByText("“memo.m4a” is M4A, which this browser can't read. Convert it").waitFor();
    expect(sent).toEqual([]);
  });

  it("may have eight channels, or be silent", async () => {
    const page = await visit();
    const silent = Buffer.from(RECORDING.buffer);
    silent.fill(0, 44);
    // The same bytes as twelve seconds of one channel are a second and a half of eight.
    const eight = Buffer.concat([silent, silent.subarray(44)]);
    eight.writeUInt32LE(eight.length - 8, 4);
    eight.writeUInt16LE(8, 22);
    eight.writeUInt32LE(RATE * 16, 28);
    eight.writeUInt16LE(16, 32);
    eight.writeUInt32LE(eight.length - 44, 40);
    for (const [name, buffer, facts] of [
      ["eight.wav", eight, "3.0 s · 8 channels"],
      ["silence.wav", silent, "12.0 s · mono"],
    ] as const) {
      await openRecording(page, studioOf().url, { name, buffer });
      await page.getByText(facts).waitFor();
      await page.getByRole("textbox", { name: "Prompt" }).fill(name);
      await page.getByRole("button", { name: "Generate" }).click();
      await untilCompared(page);
    }
  });

  it("may have any name: long ones break, and none is taken for markup", async () => {
    const page = await visit({ viewport: { width: 320, height: 640 } });
    page.on("dialog", () => expect.unreachable("A script of the file's name ran."));
    for (const name of [`${"no-space-in-it-".repeat(14)}.wav`, "<img src=x onerror=alert(1)>.wav"]) {
      await openRecording(page, studioOf().url, { ...RECORDING, name });
      await page.getByRole("region", { name: "Source" }).getByText(name, { exact: true }).waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    }
    const prompt = "</textarea><script>alert(2)</script>";
    await studioOf().play({
      fault: "scripted-model",
      match: "next",
      steps: [{ log: "<svg onload=alert(3)> half way" }, { progress: 1 }],
    });
    await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
    await page.getByRole("button", { name: "Generate" }).click();
    await page
      .getByText(/^Done in/)
      .first()
      .waitFor();
    await page.getByRole("list", { name: "Log" }).getByText("<svg onload=alert(3)> half way").waitFor();
    await page.getByRole("button", { name: /^History/ }).click();
    await page.getByRole("dialog").getByText(prompt).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  });
});
