import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { describeInBrowser, useBrowser } from "./support/browser.js";
import { chooseFile, openRecording, tone, untilCompared } from "./support/recording.js";
import { useStudio } from "./support/studio.js";

const BLOCK_FRAMES = 512;

/**
 * Listens to what the page sends to the loudspeaker: for each block its peak, and its pitch by zero crossings. The page
 * knows nothing of it.
 */
async function tapSound(page: Page) {
  await page.addInitScript((frames) => {
    const blocks: { peak: number; hertz: number }[] = [];
    Object.assign(window, { soundBlocks: blocks });
    const taps = new WeakMap<BaseAudioContext, AudioNode>();
    const connect = AudioNode.prototype.connect as (this: AudioNode, target: AudioNode) => AudioNode;
    const tapOf = (context: BaseAudioContext) => {
      const known = taps.get(context);
      if (known !== undefined) return known;
      const tap = context.createScriptProcessor(frames, 1, 1);
      tap.onaudioprocess = ({ inputBuffer, outputBuffer }) => {
        const samples = inputBuffer.getChannelData(0);
        outputBuffer.getChannelData(0).fill(0);
        let crossings = 0;
        for (let index = 1; index < samples.length; index++) {
          if ((samples[index - 1] ?? 0) < 0 !== (samples[index] ?? 0) < 0) crossings++;
        }
        const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
        blocks.push({ peak, hertz: ((crossings / 2) * context.sampleRate) / samples.length });
      };
      connect.call(tap, context.destination);
      taps.set(context, tap);
      return tap;
    };
    const tapped = function (this: AudioNode, target: AudioNode, ...rest: number[]) {
      if (target instanceof AudioDestinationNode) connect.call(this, tapOf(this.context));
      return Reflect.apply(connect, this, [target, ...rest]);
    };
    AudioNode.prototype.connect = tapped as typeof AudioNode.prototype.connect;
  }, BLOCK_FRAMES);
  const blocks = () =>
    page.evaluate(() => (window as unknown as { soundBlocks: { peak: number; hertz: number }[] }).soundBlocks);
  return {
    blocks,
    /** Waits until so many blocks more have sounded; those. */
    more: async (count: number) => {
      const before = (await blocks()).length;
      await page.waitForFunction(
        (length) => (window as unknown as { soundBlocks: unknown[] }).soundBlocks.length >= length,
        before + count,
      );
      return (await blocks()).slice(before);
    },
  };
}

function pitch(blocks: readonly { hertz: number }[]): number {
  const sorted = blocks.map(({ hertz }) => hertz).sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

describeInBrowser("the player", () => {
  const visit = useBrowser();
  const studioOf = useStudio();

  it("plays original or result, and switches without a gap at the same position", async () => {
    const studio = studioOf();
    const page = await visit();
    const sound = await tapSound(page);
    // The result is swapped on its way for a tone of another pitch, the same length and level.
    let isResult = false;
    await page.route("**/files/**", async (route) =>
      isResult ? route.fulfill({ body: tone(880), contentType: "audio/wav" }) : route.continue(),
    );
    await page.goto(studio.url);
    await chooseFile(page, { name: "a.wav", buffer: tone(440) });
    await page.getByRole("textbox", { name: "Prompt" }).fill("a tone");
    isResult = true;
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText(/Outside the mask: differs/).waitFor();
    expect(await sound.blocks()).toEqual([]);

    await page.getByRole("button", { name: "Play" }).click();
    await sound.more(10);
    expect(pitch(await sound.more(20))).toBeCloseTo(440, -2);
    const before = (await sound.blocks()).length;
    await page.getByRole("radio", { name: "B result" }).click();
    await sound.more(12);
    await page.getByRole("radio", { name: "A original" }).click();
    await sound.more(12);
    await page.getByRole("radio", { name: "B result" }).click();
    await sound.more(20);
    const heard = (await sound.blocks()).slice(before);
    expect(pitch(heard.slice(-10))).toBeCloseTo(880, -2);
    expect(Math.min(...heard.map(({ peak }) => peak))).toBeGreaterThan(0.1);

    // Time goes on through switches as it does without.
    const clock = page.getByRole("status", { name: "Position" });
    expect(Number((await clock.textContent())?.split(":")[1])).toBeGreaterThan(0.5);
    await page.getByRole("button", { name: "Pause" }).click();
    const paused = await clock.textContent();
    await page.getByRole("radio", { name: "A original" }).click();
    expect(await clock.textContent()).toBe(paused);
    await sound.more(10);
    expect(Math.max(...(await sound.more(10)).map(({ peak }) => peak))).toBe(0);
  });

  it("loops the mask with what comes before it", async () => {
    const studio = studioOf();
    const page = await visit();
    await page.goto(studio.url);
    await chooseFile(page, { name: "a.wav", buffer: tone(440, 12) });
    await page.getByRole("spinbutton", { name: "end" }).fill("5");
    await page.getByRole("checkbox", { name: "Loop mask, 2 s before" }).check();
    await page.getByRole("slider", { name: "Position" }).fill("5.8");
    await page.getByRole("button", { name: "Play" }).click();
    // From 2 to 6 s: round the end, back to the start.
    await page.waitForFunction(() => {
      const seconds = Number(document.querySelector(".clock")?.textContent?.split(":")[1]);
      return seconds >= 2 && seconds < 3;
    });
    await page.getByRole("button", { name: "Pause" }).waitFor();
  });

  it("plays what changed alone: silence outside the mask, and both blind when asked to", async () => {
    const studio = studioOf();
    const page = await visit();
    const sound = await tapSound(page);
    // Blind turns it round.
    await page.addInitScript(() => {
      Math.random = () => 0.1;
    });
    // Like the recording but for the mask, from 4 to 8 s, where another tone stands.
    const [kept, other] = [tone(440, 12), tone(880, 12)];
    const [start, end] = [44 + 4 * 88_200, 44 + 8 * 88_200];
    const changed = Buffer.concat([kept.subarray(0, start), other.subarray(start, end), kept.subarray(end)]);
    let isResult = false;
    await page.route("**/files/**", async (route) =>
      isResult ? route.fulfill({ body: changed, contentType: "audio/wav" }) : route.continue(),
    );
    await openRecording(page, studio.url, { name: "a.wav", buffer: kept });
    await page.getByRole("textbox", { name: "Prompt" }).fill("a tone");
    isResult = true;
    await page.getByRole("button", { name: "Generate" }).click();
    await untilCompared(page);
    await page.getByRole("checkbox", { name: /Level match/ }).uncheck();

    await page.getByRole("radio", { name: "A−B what changed" }).check();
    await page.getByRole("button", { name: "Play" }).click();
    await sound.more(10);
    expect(Math.max(...(await sound.more(20)).map(({ peak }) => peak))).toBeLessThan(0.001);
    await page.getByRole("slider", { name: "Position" }).fill("4.2");
    await sound.more(10);
    expect(Math.min(...(await sound.more(20)).map(({ peak }) => peak))).toBeGreaterThan(0.1);

    await page.getByRole("checkbox", { name: "Blind" }).check();
    await page.getByText("X and Y are the two in random order").waitFor();
    expect(await page.getByRole("radio", { name: /what changed|original|result/ }).count()).toBe(0);
    await sound.more(10);
    expect(pitch(await sound.more(20))).toBeCloseTo(880, -2);
    await page.getByRole("radio", { name: "Y" }).check();
    await sound.more(10);
    expect(pitch(await sound.more(20))).toBeCloseTo(440, -2);
    await page.getByRole("checkbox", { name: "Blind" }).uncheck();
    await page.getByText("X was B, the result.").waitFor();
    expect(await page.getByRole("radio", { name: "A original" }).isChecked()).toBe(true);
  });

  it("stops when the system takes the sound away, and goes on at the same place when asked to", async () => {
    const page = await visit();
    await page.addInitScript(() => {
      const Real = AudioContext;
      window.AudioContext = class extends Real {
        constructor(options?: AudioContextOptions) {
          super(options);
          Object.assign(window, { heardContext: this });
        }
      };
    });
    await openRecording(page, studioOf().url);
    await page.getByRole("slider", { name: "Position" }).fill("3");
    await page.getByRole("button", { name: "Play" }).click();
    await page.waitForFunction(() => (document.querySelector(".clock")?.textContent ?? "") > "0:03.2");
    await page.evaluate(() => (window as unknown as { heardContext: AudioContext }).heardContext.suspend());
    await page.getByRole("button", { name: "Play" }).waitFor();
    const stopped = (await page.locator(".clock").textContent()) ?? "";
    await page.getByRole("button", { name: "Play" }).click();
    await page.waitForFunction((before) => (document.querySelector(".clock")?.textContent ?? "") > before, stopped);
    expect(stopped > "0:03.1" && stopped < "0:06").toBe(true);
  });
});
