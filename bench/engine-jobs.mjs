// @ts-check
// What one job of the embedded engine takes, and two at once, from submission to the stored result, on 190 s of stereo:
// node bench/engine-jobs.mjs [file …]. Files are measured too.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clipOf } from "./engine/long-clip.mjs";
import { filesOf } from "./engine/long-files.mjs";
import { printTable } from "./support/measure.mjs";

/** @typedef {import("./engine/run-job.mjs").JobCost} JobCost */

const ROUNDS = 2;
const MASKS = [
  [60, 68],
  [60, 90],
  [10, 170],
];
const RUN_JOB = fileURLToPath(new URL("engine/run-job.mjs", import.meta.url));

/** The least of some fresh processes. @param {string} file @param {number[]} mask @param {number} jobs @returns {JobCost} */
function costOf(file, mask, jobs) {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const printed = execFileSync(process.execPath, ["--expose-gc", RUN_JOB, file, ...mask.map(String), String(jobs)]);
    return /** @type {JobCost} */ (JSON.parse(String(printed)));
  });
  const least = (/** @type {keyof JobCost} */ name) => Math.min(...rounds.map((round) => round[name]));
  return {
    seconds: least("seconds"),
    cpuSeconds: least("cpuSeconds"),
    peakMegabytes: least("peakMegabytes"),
    touchedMegabytes: least("touchedMegabytes"),
    delayMs: least("delayMs"),
  };
}

/** @param {string} what @param {JobCost} cost */
function row(what, { seconds, cpuSeconds, peakMegabytes, touchedMegabytes, delayMs }) {
  return {
    what,
    seconds: seconds.toFixed(2),
    "CPU seconds": cpuSeconds.toFixed(2),
    "peak MB": peakMegabytes.toFixed(0),
    "MB first touched": touchedMegabytes.toFixed(0),
    "main thread held up at most, ms": delayMs.toFixed(1),
  };
}

const folder = mkdtempSync(join(tmpdir(), "punchin-bench-"));
try {
  /** @type {[name: string, path: string][]} */
  const paths = [];
  for (const [name, bytes] of Object.entries(await filesOf(clipOf(190)))) {
    const path = join(folder, name.replace(/\W+/g, "-"));
    await writeFile(path, bytes);
    paths.push([name, path]);
  }
  for (const path of process.argv.slice(2)) paths.push([basename(path), path]);
  const [[, wav]] = paths;
  const single = costOf(wav, MASKS[0], 1);
  const double = costOf(wav, MASKS[0], 2);
  printTable([
    ...MASKS.map((mask) =>
      row(`WAV, 16 bits, mask ${mask.join("-")} s`, mask === MASKS[0] ? single : costOf(wav, mask, 1)),
    ),
    ...paths.slice(1).map(([name, path]) => row(`${name}, mask ${MASKS[0].join("-")} s`, costOf(path, MASKS[0], 1))),
    row(`two jobs at once (${(double.seconds / single.seconds).toFixed(2)} × one)`, double),
  ]);
} finally {
  rmSync(folder, { recursive: true });
}
