// @ts-check
// What a fill costs, by the clip's length and by the gap's: node bench/engine-speed.mjs. Draws
// bench/results/engine-cost.svg.
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { fillClip } from "./engine/fill-clip.mjs";
import { linePlot } from "./engine/line-plot.mjs";
import { clipOf } from "./engine/long-clip.mjs";
import { printTable } from "./support/measure.mjs";

const FULL_SECONDS = 190;
const CLIP_SECONDS = [24, 48, 95, 190, 285, 380];
const GAP_SECONDS = [2, 8, 20, 40, 80, 120, 160];
const ROUNDS = 3;
const RESULTS = new URL("results/", import.meta.url);

/**
 * From file to file, the least of three rounds: what else the machine does only adds. CPU time counts all threads, those
 * of the garbage collector too.
 *
 * @typedef {{ seconds: number, cpuSeconds: number }} Cost
 * @param {import("./engine/clips.mjs").Clip} clip
 * @param {{ startSeconds: number, endSeconds: number }} mask
 * @returns {Promise<Cost>}
 */
async function costOf(clip, mask) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await fillClip(clip, mask));
  return {
    seconds: Math.min(...rounds.map(({ seconds }) => seconds)),
    cpuSeconds: Math.min(...rounds.map(({ cpuSeconds }) => cpuSeconds)),
  };
}

/** A gap in the middle. @param {number} clipSeconds @param {number} gapSeconds */
function maskOf(clipSeconds, gapSeconds) {
  const startSeconds = Math.round((clipSeconds - gapSeconds) * 0.4);
  return { startSeconds, endSeconds: startSeconds + gapSeconds };
}

const full = clipOf(FULL_SECONDS);
await costOf(clipOf(CLIP_SECONDS[0]), maskOf(CLIP_SECONDS[0], 8));

/** @type {[number, Cost][]} */
const byClip = [];
for (const seconds of CLIP_SECONDS) byClip.push([seconds, await costOf(clipOf(seconds), maskOf(seconds, 8))]);
/** @type {[number, Cost][]} */
const byGap = [];
for (const seconds of GAP_SECONDS) byGap.push([seconds, await costOf(full, maskOf(FULL_SECONDS, seconds))]);
const head = await costOf(full, { startSeconds: 0, endSeconds: 30 });
const tail = await costOf(full, { startSeconds: 150, endSeconds: FULL_SECONDS });

const row = (/** @type {string} */ what, /** @type {Cost} */ { seconds, cpuSeconds }) => ({
  what,
  seconds: seconds.toFixed(2),
  "CPU seconds": cpuSeconds.toFixed(2),
});
printTable([
  ...byClip.map(([seconds, cost]) => row(`${seconds} s clip, 8 s mask`, cost)),
  ...byGap.map(([seconds, cost]) => row(`${FULL_SECONDS} s clip, ${seconds} s mask`, cost)),
  row(`${FULL_SECONDS} s clip, mask 0-30 s`, head),
  row(`${FULL_SECONDS} s clip, mask 150-190 s`, tail),
]);
const points = (/** @type {[number, Cost][]} */ costs) =>
  costs.map(([seconds, { cpuSeconds }]) => /** @type {[number, number]} */ ([seconds, cpuSeconds]));
await mkdir(RESULTS, { recursive: true });
await writeFile(
  fileURLToPath(new URL("engine-cost.svg", RESULTS)),
  linePlot({
    title: "Filling stereo at 44.1 kHz, from file to file",
    xLabel: "seconds of clip, or of mask",
    yLabel: "CPU seconds",
    series: [
      { name: "by the clip's length (8 s mask)", points: points(byClip) },
      { name: `by the mask's length (${FULL_SECONDS} s clip)`, points: points(byGap) },
    ],
  }),
);
