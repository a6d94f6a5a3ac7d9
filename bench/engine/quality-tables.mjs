// @ts-check
import { percentile, printTable } from "../support/measure.mjs";
import { JUMP_SECONDS } from "./judge.mjs";

/**
 * One filler's work on one mask.
 *
 * @typedef {object} Trial
 * @property {string} clip
 * @property {string} filler
 * @property {number} seconds The mask's length.
 * @property {import("./judge.mjs").Verdict} verdict
 * @property {{ matchScore: number, repeatedSeconds: number }} [engine] What the engine says of its own fill.
 */

export const UNTOUCHED = "the untouched recording";
/** A fill that has more of its material twice repeats itself. */
const REPEATED_SHARE = 0.1;
const MATCH_WORDS = ["close repeat", "similar passage", "loose match", "nothing similar found"];
const MATCH_LIMITS = [0, 0.4, 0.65, 0.9, Number.POSITIVE_INFINITY];

/** One row per filler, and per mask length for the engine. @param {string} title @param {Trial[]} trials */
export function printSummaries(title, trials) {
  console.log(`### ${title}\n`);
  const engine = trials.filter(isOfEngine);
  const rows = [...groups(trials, ({ filler }) => filler)].map(([filler, some]) => summary(filler, some));
  for (const [seconds, some] of groups(engine, (trial) => trial.seconds)) {
    rows.push(summary(`engine, ${seconds} s masks`, some));
  }
  printTable(rows);
}

/** Which clips fail, by which checks, beside their own untouched spans. @param {Trial[]} trials */
export function printFaults(trials) {
  console.log("### Checks that failed, clip by clip\n");
  const rows = [...groups(trials, ({ clip }) => clip)].map(([clip, some]) => {
    const engine = some.filter(isOfEngine);
    const faults = groups(
      engine.flatMap(({ verdict }) => verdict.faults),
      (fault) => fault,
    );
    return {
      clip,
      "engine passed": passed(engine),
      "untouched passed": passed(some.filter(({ filler }) => filler === UNTOUCHED)),
      "what failed": [...faults].map(([fault, { length }]) => `${fault} ${length}×`).join(", "),
    };
  });
  printTable(rows);
}

/** What the match score in the log is worth: the distance to the missing original by score. @param {Trial[]} trials */
export function printMatchScores(trials) {
  console.log("### The match score in the log, and how far the fills were from what the mask covered\n");
  const rows = MATCH_WORDS.map((word, i) => {
    const [from, to] = [MATCH_LIMITS[i], MATCH_LIMITS[i + 1]];
    const inside = trials.filter(({ engine }) => engine && engine.matchScore >= from && engine.matchScore < to);
    return {
      word,
      score: `${from} to ${Number.isFinite(to) ? to : "…"}`,
      fills: String(inside.length),
      "median dB": inside.length ? median(inside.map(({ verdict }) => verdict.distanceDb)).toFixed(1) : "",
    };
  });
  printTable(rows);
}

/** @param {string} name @param {Trial[]} trials */
function summary(name, trials) {
  const seams = trials.flatMap(({ verdict }) => verdict.seams);
  const beats = trials.map(({ verdict }) => verdict.beatKept).filter((kept) => kept !== null);
  const jumps = JUMP_SECONDS.map((_, i) => median(seams.map(({ jumpRanks }) => jumpRanks[i])).toFixed(2));
  return {
    filler: name,
    masks: String(trials.length),
    "clicking seams": share(seams.filter(({ clickRank }) => clickRank > 0.99).length, seams.length),
    "20 / 60 / 250 ms jump, median rank": jumps.join(" / "),
    "level step, median dB": median(seams.map(({ levelStepDb }) => levelStepDb)).toFixed(1),
    "beat kept": `${beats.filter(Boolean).length} of ${beats.length}`,
    "all checks passed": passed(trials),
    "repeats itself": repeats(trials),
    "to the original, median dB": median(trials.map(({ verdict }) => verdict.distanceDb)).toFixed(1),
  };
}

/** @param {Trial[]} trials */
function passed(trials) {
  const { length } = trials.filter(({ verdict }) => verdict.faults.length === 0);
  return `${share(length, trials.length)} (${length} of ${trials.length})`;
}

/** @param {Trial[]} trials */
function repeats(trials) {
  const engine = trials.filter(isOfEngine);
  const { length } = engine.filter(
    ({ seconds, engine: own }) => (own?.repeatedSeconds ?? 0) > REPEATED_SHARE * seconds,
  );
  return engine.length === 0 ? "" : `${length} of ${engine.length}`;
}

/** @param {Trial} trial */
function isOfEngine({ engine }) {
  return engine !== undefined;
}

/** @template T, K @param {T[]} items @param {(item: T) => K} keyOf @returns {Map<K, T[]>} In the order of first sight. */
function groups(items, keyOf) {
  const found = new Map();
  for (const item of items) found.set(keyOf(item), [...(found.get(keyOf(item)) ?? []), item]);
  return found;
}

/** @param {number[]} numbers */
function median(numbers) {
  return percentile(numbers.filter(Number.isFinite), 0.5);
}

/** @param {number} part @param {number} whole */
function share(part, whole) {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}
