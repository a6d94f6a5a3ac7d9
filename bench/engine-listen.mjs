// @ts-check
// Writes a page to judge the embedded engine's fills by ear: npm run engine:listen -- [--out folder] [--seed n] [file or
// folder …]. Takes the example clip and rendered pieces, and any files given; open index.html in the folder it names.
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeMatch } from "../dist/engine/inpainting/match-words.js";
import { encodeWav } from "../dist/engine/inpainting/wav-writer.js";
import { readClips, renderClips } from "./engine/clips.mjs";
import { fillClip } from "./engine/fill-clip.mjs";
import { REPORT_SCORES } from "./engine/scores.mjs";
import { waveform } from "./engine/waveform.mjs";

const MASK_SECONDS = [2, 8, 20];
/** Heard before and after the mask. */
const CONTEXT_SECONDS = 6;
/** Where the mask's middle lies in the clip. */
const PLACE = 0.45;
const RENDERED_PIECES = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string", default: "engine-listening" }, seed: { type: "string", default: "0" } },
});
const folder = resolve(values.out);
const seed = BigInt(values.seed);

/** @typedef {import("./engine/clips.mjs").Clip} Clip */

/** @param {Clip} clip @param {number} maskSeconds @returns {Promise<string>} The pair's part of the page. */
async function writePair(clip, maskSeconds) {
  const { name, channels, sampleRate } = clip;
  const seconds = channels[0].length / sampleRate;
  const startSeconds = Math.round(PLACE * seconds - maskSeconds / 2);
  const endSeconds = startSeconds + maskSeconds;
  if (startSeconds < 1 || endSeconds > seconds - 1) return "";
  const filled = await fillClip(clip, { startSeconds, endSeconds, seed });
  const from = Math.round(Math.max(0, startSeconds - CONTEXT_SECONDS) * sampleRate);
  const to = Math.round(Math.min(seconds, endSeconds + CONTEXT_SECONDS) * sampleRate);
  const mask = { start: startSeconds * sampleRate - from, end: endSeconds * sampleRate - from };
  const players = [];
  for (const [label, whole] of /** @type {const} */ ([
    ["before", channels],
    ["after", filled.channels],
  ])) {
    const excerpt = whole.map((samples) => samples.slice(from, to));
    const file = `${name}-${maskSeconds}s-${label}.wav`.toLowerCase().replace(/[^a-z0-9.-]+/g, "-");
    await writeFile(join(folder, file), encodeWav(excerpt, sampleRate, "int16"));
    players.push(
      `<figure><figcaption>${label === "before" ? "Before: the recording" : "After: the shaded part filled"}</figcaption>
${waveform(excerpt, mask)}
<audio controls preload="none" src="${file}"></audio></figure>`,
    );
  }
  const words = describeMatch(filled.matchScore);
  return `<section><h2>${withoutMarkup(name)}, ${startSeconds}-${endSeconds} s</h2>
<p>Match ${filled.matchScore.toFixed(2)}: ${words}. The mask begins ${(mask.start / sampleRate).toFixed(0)} s into the excerpt and lasts ${maskSeconds} s.</p>
${players.join("\n")}
<details><summary>Log</summary><pre>${withoutMarkup(filled.log.join("\n"))}</pre></details></section>`;
}

/** @param {string} text */
function withoutMarkup(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

await mkdir(folder, { recursive: true });
const clips = [...(await readClips(positionals)), ...(await renderClips(REPORT_SCORES.slice(0, RENDERED_PIECES)))];
const sections = [];
for (const clip of clips) for (const maskSeconds of MASK_SECONDS) sections.push(await writePair(clip, maskSeconds));
const page = join(folder, "index.html");
await writeFile(
  page,
  `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Embedded engine: before and after</title>
<style>body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}figure{margin:1rem 0}svg,audio{width:100%;display:block}pre{overflow:auto}</style>
<h1>Embedded engine: before and after</h1>
<p>Seed ${seed}. Listen to the shaded part and two seconds on each side: is there a click, a stumble, a jump in loudness or
harmony? Would you notice it without knowing?</p>
${sections.join("\n")}
</html>
`,
);
console.log(`${sections.filter(Boolean).length} pairs: open ${page}`);
