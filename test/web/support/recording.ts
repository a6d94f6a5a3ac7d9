import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { makeWav } from "../../support/wav-fixture.js";

/** Frames a second. */
export const RATE = 16_000;

/** Twelve seconds of two notes a second; at a low rate, so that the engine is soon done with it. */
export const RECORDING = {
  name: "take one.wav",
  buffer: makeWav({ seconds: 12, sampleRate: RATE }),
};

/** A steady tone: what is heard can be told by its pitch. */
export function tone(hertz: number, seconds = 6, sampleRate = 44_100): Buffer {
  return makeWav({
    seconds,
    sampleRate,
    sample: (frame) => 0.3 * Math.sin((2 * Math.PI * hertz * frame) / sampleRate),
  });
}

/** Chooses a file, from the disk: what is given as bytes goes through the page as text first. */
export async function chooseFile(page: Page, { name, buffer }: typeof RECORDING): Promise<void> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, buffer);
  await page.getByLabel("Recording", { exact: true }).setInputFiles(path);
}

/** Opens the page with the recording in it. */
export async function openRecording(page: Page, url: string, file: typeof RECORDING = RECORDING): Promise<void> {
  await page.goto(url);
  await chooseFile(page, file);
  await page.getByRole("slider", { name: "Mask start" }).waitFor();
}

/** What runs of the real engine end with, once compared. */
export async function untilCompared(page: Page): Promise<void> {
  await page.getByText("Outside the mask: identical").waitFor();
}
