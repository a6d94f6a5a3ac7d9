import type { Page } from "playwright-core";
import { makeWav } from "../../support/wav-fixture.js";

/** Twelve seconds of two notes a second. */
export const RECORDING = {
  name: "take one.wav",
  mimeType: "audio/wav",
  buffer: makeWav({ seconds: 12, sampleRate: 44_100 }),
};

/** A steady tone: what is heard can be told by its pitch. */
export function tone(hertz: number, seconds = 6): Buffer {
  return makeWav({
    seconds,
    sampleRate: 44_100,
    sample: (frame) => 0.3 * Math.sin((2 * Math.PI * hertz * frame) / 44_100),
  });
}

/** Opens the page with the recording in it. */
export async function openRecording(page: Page, url: string, file: typeof RECORDING = RECORDING): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Recording", { exact: true }).setInputFiles(file);
  await page.getByRole("slider", { name: "Mask start" }).waitFor();
}

/** What runs of the real engine end with, once compared. */
export async function untilCompared(page: Page): Promise<void> {
  await page.getByText("Outside the mask: identical").waitFor();
}
