// @ts-check
// How well the embedded engine fills, beside naive fillers and the untouched recording, on pieces rendered from our own
// scores: node bench/engine-quality.mjs [--tuning] [file or folder …]. Files are measured too, in a table of their own.
import { parseArgs } from "node:util";
import { readClips, renderClips } from "./engine/clips.mjs";
import { fillClip } from "./engine/fill-clip.mjs";
import { NAIVE_FILLERS } from "./engine/fillers.mjs";
import { createJudge } from "./engine/judge.mjs";
import { REPORT_SCORES, TUNING_SCORES } from "./engine/scores.mjs";
import { percentile, printTable } from "./support/measure.mjs";

/** @typedef {import("./engine/clips.mjs").Clip} Clip */
/** @typedef {import("./engine/judge.mjs").Verdict} Verdict */
/** @typedef {{ filler: string, seconds: number, verdict: Verdict, matchScore?: number }} Trial */

const MASK_SECONDS = [2, 8, 20];
const PLACES = [0.18, 0.55];
const EDGE_SECONDS = 2;
const TAKES = 8;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { tuning: { type: "boolean" } } });

/** @param {Clip} clip */
function masksOf({ channels, sampleRate }) {
  const seconds = channels[0].length / sampleRate;
  return MASK_SECONDS.flatMap((length) =>
    PLACES.map((place) => ({
      startSeconds: Math.round(place * seconds),
      endSeconds: Math.round(place * seconds) + length,
    })),
  ).filter(({ startSeconds, endSeconds }) => startSeconds >= EDGE_SECONDS && endSeconds <= seconds - EDGE_SECONDS);
}

/** @param {Clip} clip @returns {Promise<Trial[]>} */
async function measureClip(clip) {
  /** @type {Trial[]} */
  const trials = [];
  for (const [index, mask] of masksOf(clip).entries()) {
    const span = { start: mask.startSeconds * clip.sampleRate, end: mask.endSeconds * clip.sampleRate };
    const judge = createJudge(clip, span);
    const seconds = mask.endSeconds - mask.startSeconds;
    for (const [filler, seed] of /** @type {const} */ ([
      ["engine, best plan (seed 0)", 0n],
      ["engine, another seed per mask", BigInt(index + 1)],
    ])) {
      const { channels, matchScore } = await fillClip(clip, { ...mask, seed });
      trials.push({ filler, seconds, verdict: judge(channels), matchScore });
    }
    trials.push({ filler: "the untouched recording", seconds, verdict: judge(clip.channels) });
    for (const [filler, fill] of Object.entries(NAIVE_FILLERS)) {
      trials.push({ filler, seconds, verdict: judge(fill(clip.channels, span, clip.sampleRate)) });
    }
  }
  return trials;
}

/** @param {string} name @param {Trial[]} trials */
function summary(name, trials) {
  const seams = trials.flatMap(({ verdict }) => verdict.seams);
  const beats = trials.map(({ verdict }) => verdict.beatKept).filter((kept) => kept !== null);
  const median = (/** @type {number[]} */ numbers) => percentile(numbers.filter(Number.isFinite), 0.5);
  return {
    filler: name,
    masks: String(trials.length),
    "clicking seams": share(seams.filter(({ clickRank }) => clickRank > 0.99).length, seams.length),
    "60 ms jump, median rank": median(seams.map(({ jumpRank }) => jumpRank)).toFixed(2),
    "level step, median dB": median(seams.map(({ levelStepDb }) => levelStepDb)).toFixed(1),
    "beat kept": `${beats.filter(Boolean).length} of ${beats.length}`,
    "all checks passed": share(trials.filter(({ verdict }) => verdict.faults.length === 0).length, trials.length),
    "to the original, median dB": median(trials.map(({ verdict }) => verdict.distanceDb)).toFixed(1),
  };
}

/** @param {number} part @param {number} whole */
function share(part, whole) {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}

/** @param {string} title @param {Trial[]} trials */
function printSummaries(title, trials) {
  console.log(`### ${title}\n`);
  const engine = trials.filter(({ matchScore }) => matchScore !== undefined);
  printTable([
    ...[...new Set(trials.map(({ filler }) => filler))].map((filler) =>
      summary(
        filler,
        trials.filter((trial) => trial.filler === filler),
      ),
    ),
    ...MASK_SECONDS.map((seconds) =>
      summary(
        `engine, ${seconds} s masks`,
        engine.filter((trial) => trial.seconds === seconds),
      ),
    ),
  ]);
}

/** What the match score in the log is worth: the distance to the missing original by score. @param {Trial[]} trials */
function printMatchScores(trials) {
  console.log("### The match score in the log, and how far the fills were from what the mask covered\n");
  const limits = [0, 0.4, 0.65, 0.9, Number.POSITIVE_INFINITY];
  const words = ["close repeat", "similar passage", "loose match", "nothing similar found"];
  printTable(
    words.map((word, i) => {
      const inside = trials.filter(({ matchScore = -1 }) => matchScore >= limits[i] && matchScore < limits[i + 1]);
      const distance = percentile(
        inside.map(({ verdict }) => verdict.distanceDb),
        0.5,
      );
      const range = `${limits[i]} to ${Number.isFinite(limits[i + 1]) ? limits[i + 1] : "…"}`;
      return {
        word,
        score: range,
        fills: String(inside.length),
        "median dB": inside.length ? distance.toFixed(1) : "",
      };
    }),
  );
}

/** @param {Clip[]} clips */
async function printTakes(clips) {
  console.log(`### Different fills among seeds 0 to ${TAKES - 1}, one 8 s mask per clip\n`);
  const rows = [];
  for (const clip of clips) {
    const mask = masksOf(clip).find(({ startSeconds, endSeconds }) => endSeconds - startSeconds === 8);
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
/** @type {Trial[]} */
const ofRendered = [];
/** @type {Trial[]} */
const ofGiven = [];
for (const clip of rendered) ofRendered.push(...(await measureClip(clip)));
for (const clip of given) ofGiven.push(...(await measureClip(clip)));
printSummaries(`${rendered.length} pieces rendered from our own scores`, ofRendered);
if (given.length > 0) {
  printSummaries(`${given.length} files given`, ofGiven);
  printSummaries("All together", [...ofRendered, ...ofGiven]);
}
printMatchScores([...ofRendered, ...ofGiven].filter(({ matchScore }) => matchScore !== undefined));
await printTakes([...rendered, ...given]);
