// @ts-check
// Writes a page to judge the embedded engine's fills by ear: npm run engine:listen -- [--out folder] [--seed n] [file or
// folder …]. Takes the files given, or else the example clip and rendered pieces; open index.html in the folder it names.
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeMatch } from "../dist/engine/inpainting/match-words.js";
import { encodeWav } from "../dist/engine/inpainting/wav-writer.js";
import { readClips, renderClips } from "./engine/clips.mjs";
import { fillClip } from "./engine/fill-clip.mjs";
import { listeningPage } from "./engine/listening-page.mjs";
import { REPORT_SCORES } from "./engine/scores.mjs";

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

/**
 * Fills one mask and writes both excerpts; null where the clip is too short for it.
 *
 * @param {import("./engine/clips.mjs").Clip} clip
 * @param {number} maskSeconds
 * @param {number} number Begins the files' names, which two clips may share but for it.
 * @returns {Promise<import("./engine/listening-page.mjs").Pair | null>}
 */
async function writePair(clip, maskSeconds, number) {
  const { name, channels, sampleRate } = clip;
  const seconds = channels[0].length / sampleRate;
  const startSeconds = Math.round(PLACE * seconds - maskSeconds / 2);
  const endSeconds = startSeconds + maskSeconds;
  if (startSeconds < 1 || endSeconds > seconds - 1) return null;
  const filled = await fillClip(clip, { startSeconds, endSeconds, seed });
  const from = Math.max(0, startSeconds - CONTEXT_SECONDS) * sampleRate;
  const to = Math.round(Math.min(seconds, endSeconds + CONTEXT_SECONDS) * sampleRate);
  const excerpts = [];
  for (const [word, label, whole] of /** @type {const} */ ([
    ["before", "Before: the recording", channels],
    ["after", "After: the shaded part filled", filled.channels],
  ])) {
    const excerpt = whole.map((samples) => samples.slice(from, to));
    const file = `${number}-${name}-${maskSeconds}s-${word}.wav`.toLowerCase().replace(/[^a-z0-9.-]+/g, "-");
    await writeFile(join(folder, file), encodeWav(excerpt, sampleRate, "int16"));
    excerpts.push({ label, file, channels: excerpt });
  }
  return {
    title: `${name}, ${startSeconds}-${endSeconds} s`,
    summary: `Match ${filled.matchScore.toFixed(2)}: ${describeMatch(filled.matchScore)}.`,
    mask: { start: startSeconds * sampleRate - from, end: endSeconds * sampleRate - from },
    sampleRate,
    excerpts,
    log: filled.log,
  };
}

await mkdir(folder, { recursive: true });
const clips = await (positionals.length > 0
  ? readClips(positionals)
  : renderClips(REPORT_SCORES.slice(0, RENDERED_PIECES)));
const pairs = [];
for (const clip of clips) {
  for (const maskSeconds of MASK_SECONDS) {
    const pair = await writePair(clip, maskSeconds, pairs.length + 1);
    if (pair !== null) pairs.push(pair);
  }
}
const page = join(folder, "index.html");
await writeFile(page, listeningPage(seed, pairs));
console.log(`${pairs.length} pairs: open ${page}`);
