// @ts-check
// How well the embedded engine fills, beside naive fillers and the untouched recording, on pieces rendered from our own
// scores and the example clip: node bench/engine-quality.mjs [--tuning] [file or folder …]. Music given is measured too.
// --tuning measures what settings may be tried out on: other pieces, and other places of the music given.
import { parseArgs } from "node:util";
import { readClips, renderClips } from "./engine/clips.mjs";
import { fillClip } from "./engine/fill-clip.mjs";
import { NAIVE_FILLERS } from "./engine/fillers.mjs";
import { createJudge } from "./engine/judge.mjs";
import { printFaults, printMatchScores, printSummaries, UNTOUCHED } from "./engine/quality-tables.mjs";
import { REPORT_SCORES, TUNING_SCORES } from "./engine/scores.mjs";
import { printTable } from "./support/measure.mjs";

/** @typedef {import("./engine/clips.mjs").Clip} Clip */
/** @typedef {import("./engine/quality-tables.mjs").Trial} Trial */

const MASK_SECONDS = [2, 8, 20];
/**
 * Where masks begin, as shares of the clip: settings were tried out at some places, figures come from others. Of our own
 * pieces there are more, so fewer places do.
 */
const PLACES = {
  report: { rendered: [0.18, 0.55], given: [0.18, 0.36, 0.55, 0.73] },
  tuning: { rendered: [0.1, 0.46, 0.64], given: [0.1, 0.27, 0.46, 0.64, 0.8] },
};
/** At least this much stays known before and after a mask. */
const EDGE_SECONDS = 1;
const TAKES = 8;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { tuning: { type: "boolean" } } });
const places = values.tuning ? PLACES.tuning : PLACES.report;

/** @param {Clip} clip @param {number[]} begins */
function masksOf({ channels, sampleRate }, begins) {
  const seconds = channels[0].length / sampleRate;
  return MASK_SECONDS.flatMap((length) => {
    const starts = begins.map((place) => Math.round(place * seconds));
    return [...new Set(starts)].map((startSeconds) => ({ startSeconds, endSeconds: startSeconds + length }));
  }).filter(({ startSeconds, endSeconds }) => startSeconds >= EDGE_SECONDS && endSeconds <= seconds - EDGE_SECONDS);
}

/** @param {Clip} clip @param {number[]} begins @returns {Promise<Trial[]>} */
async function measureClip(clip, begins) {
  /** @type {Trial[]} */
  const trials = [];
  for (const [index, mask] of masksOf(clip, begins).entries()) {
    const span = { start: mask.startSeconds * clip.sampleRate, end: mask.endSeconds * clip.sampleRate };
    const judge = createJudge(clip, span);
    const common = { clip: clip.name, seconds: mask.endSeconds - mask.startSeconds };
    for (const [filler, seed] of /** @type {const} */ ([
      ["engine, best plan (seed 0)", 0n],
      ["engine, another seed per mask", BigInt(index + 1)],
    ])) {
      const { channels, ...engine } = await fillClip(clip, { ...mask, seed });
      trials.push({ ...common, filler, verdict: judge(channels), engine });
    }
    trials.push({ ...common, filler: UNTOUCHED, verdict: judge(clip.channels) });
    for (const [filler, fill] of Object.entries(NAIVE_FILLERS)) {
      trials.push({ ...common, filler, verdict: judge(fill(clip.channels, span, clip.sampleRate)) });
    }
  }
  return trials;
}

/** @param {Clip[]} clips */
async function printTakes(clips) {
  console.log(`### Different fills among seeds 0 to ${TAKES - 1}, one 8 s mask per clip\n`);
  const rows = [];
  for (const clip of clips) {
    const mask = masksOf(clip, places.rendered).find(({ startSeconds, endSeconds }) => endSeconds - startSeconds === 8);
    if (mask === undefined) continue;
    const takes = new Set();
    for (let seed = 0; seed < TAKES; seed++) {
      const { channels } = await fillClip(clip, { ...mask, seed: BigInt(seed) });
      takes.add(channels.map((samples) => Buffer.from(samples.buffer).toString("base64")).join());
    }
    rows.push({ clip: clip.name, "different fills": String(takes.size) });
  }
  printTable(rows);
}

const rendered = await renderClips(values.tuning ? TUNING_SCORES : REPORT_SCORES);
const given = await readClips(positionals);
/** @param {typeof places} places */
const says = ({ rendered: ours, given: others }) =>
  `masks begin at ${ours.join(", ")} of each clip, in music given at ${others.join(", ")}`;
console.log(values.tuning ? "For trying settings out:" : "Held out:", `${says(places)}.`);
if (!values.tuning) {
  const names = TUNING_SCORES.map(({ name }) => name).join(", ");
  console.log(
    `Settings were tried out on other pieces (${names}) and in the music given at other places: ${says(PLACES.tuning)}.`,
  );
}
console.log();
/** @type {Trial[]} */
const ofRendered = [];
/** @type {Trial[]} */
const ofGiven = [];
for (const clip of rendered) ofRendered.push(...(await measureClip(clip, places.rendered)));
for (const clip of given) ofGiven.push(...(await measureClip(clip, places.given)));
printSummaries(`${rendered.length} pieces: rendered from our own scores, and the example clip`, ofRendered);
if (given.length > 0) {
  printSummaries(`${given.length} files given`, ofGiven);
  printSummaries("All together", [...ofRendered, ...ofGiven]);
}
printFaults([...ofRendered, ...ofGiven]);
printMatchScores([...ofRendered, ...ofGiven]);
await printTakes([...rendered, ...given]);
