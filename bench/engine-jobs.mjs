// @ts-check
// What one job of the embedded engine takes, and two at once, from submission to the stored result, on 190 s of stereo:
// node bench/engine-jobs.mjs [file …]. Files are measured too. Time is taken on all cores and on one alone.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clipOf } from "./engine/long-clip.mjs";
import { filesOf } from "./engine/long-files.mjs";
import { printTable } from "./support/measure.mjs";

/** @typedef {import("./engine/run-job.mjs").Cost} Cost */
/** @typedef {import("./engine/run-job.mjs").Watched} Watched */

const MASKS = [
  [60, 68],
  [60, 90],
  [10, 170],
];
const RUN_JOB = fileURLToPath(new URL("engine/run-job.mjs", import.meta.url));

/** The host may take a core away for some milliseconds: of two processes the one that was held up less. */
const WATCHED_PROCESSES = 2;

/** What a fresh process printed. @param {string[]} launcher @param {string[]} args */
function run(launcher, args) {
  const [command = "", ...rest] = [...launcher, process.execPath, "--expose-gc", RUN_JOB, ...args];
  return JSON.parse(String(execFileSync(command, rest)));
}

/** @param {string} file @param {number[]} mask @param {number} jobs */
function costOf(file, mask, jobs) {
  const args = [file, ...mask.map(String), String(jobs)];
  /** @type {Watched[]} */
  const watched = Array.from({ length: WATCHED_PROCESSES }, () => run([], [...args, "watched"]));
  return {
    allCores: coldAndWarm(run([], args)),
    oneCore: coldAndWarm(run(["taskset", "-c", "0"], args)),
    peakMegabytes: Math.max(...watched.map(({ peakMegabytes }) => peakMegabytes)),
    delayMs: Math.min(...watched.map(({ delayMs }) => delayMs)),
  };
}

/** The first round, and the best of those after it. @param {Cost[]} rounds */
function coldAndWarm([cold, ...warm]) {
  const [best] = warm.sort((a, b) => a.seconds - b.seconds);
  if (cold === undefined || best === undefined) throw new Error("Expected a cold round and a warm one");
  return { cold, warm: best };
}

/** @param {string} what @param {ReturnType<typeof costOf>} cost */
function row(what, { allCores, oneCore, peakMegabytes, delayMs }) {
  return {
    what,
    "first job, s": allCores.cold.seconds.toFixed(2),
    "later job, s": allCores.warm.seconds.toFixed(2),
    "first, one core, s": oneCore.cold.seconds.toFixed(2),
    "later, one core, s": oneCore.warm.seconds.toFixed(2),
    "later job, CPU s": allCores.warm.cpuSeconds.toFixed(2),
    "peak MB": peakMegabytes.toFixed(0),
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
  const ratio = double.allCores.warm.seconds / single.allCores.warm.seconds;
  printTable([
    ...MASKS.map((mask) =>
      row(`WAV, 16 bits, mask ${mask.join("-")} s`, mask === MASKS[0] ? single : costOf(wav, mask, 1)),
    ),
    ...paths.slice(1).map(([name, path]) => row(`${name}, mask ${MASKS[0].join("-")} s`, costOf(path, MASKS[0], 1))),
    row(`two jobs at once (${ratio.toFixed(2)} × one)`, double),
  ]);
} finally {
  rmSync(folder, { recursive: true });
}
