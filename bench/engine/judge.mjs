// @ts-check
import { createRandom } from "../../examples/synth/random.mjs";
import { clickRatio } from "./metrics/click.mjs";
import { levelDb } from "./metrics/level.mjs";
import { logMel } from "./metrics/log-mel.mjs";
import { findBeat, onsets, rhythmAgreement } from "./metrics/rhythm.mjs";
import { logSpectralDistance, spectralJump } from "./metrics/spectral-jump.mjs";

/**
 * What is measured of one fill. A rank is the place of a seam's value among the same values at ordinary places of the
 * recording outside the mask: 0.5 is ordinary, above 0.99 stands out.
 *
 * @typedef {object} Verdict
 * @property {SeamVerdict[]} seams
 * @property {boolean | null} beatKept null where the recording has no clear, steady beat.
 * @property {number} distanceDb Log-spectral distance to what the mask covered.
 * @property {string[]} faults The checks that failed.
 */

/**
 * @typedef {object} SeamVerdict
 * @property {number} clickRank
 * @property {number[]} jumpRanks One for each of `JUMP_SECONDS`.
 * @property {number} levelStepDb Without its sign.
 */

/** @typedef {{ sampleRate: number, channels: Float32Array[] }} Clip */
/** @typedef {{ start: number, end: number }} Mask In samples. */

const PLACES = 400;
const GUARD_SECONDS = 0.6;
/** Spectra are compared over this long on each side of a seam. */
export const JUMP_SECONDS = [0.02, 0.06, 0.25];
const LEVEL_SECONDS = 1;
const LARGEST_LEVEL_STEP_DB = 9;
const CLEAR_BEAT = 0.25;
const STEADY_SHARE = 0.8;
const ON_THE_BEAT = 0.12;
const MOST_BEATS = 8;

/**
 * Learns what is ordinary in a recording outside a mask, and then judges fills of that mask by it.
 *
 * @param {Clip} clip Untouched.
 * @param {Mask} mask
 * @returns {(filled: Float32Array[]) => Verdict} Takes the whole clip with its mask filled.
 */
export function createJudge({ channels, sampleRate }, mask) {
  const frameCount = channels[0].length;
  const original = logMelOf({ channels, sampleRate });
  const random = createRandom(7);
  const guard = GUARD_SECONDS * sampleRate;
  const isOrdinary = (/** @type {number} */ place) => place < mask.start - guard || place > mask.end + guard;
  const places = Array.from({ length: 20 * PLACES }, () => Math.floor(guard + random() * (frameCount - 2 * guard)))
    .filter(isOrdinary)
    .slice(0, PLACES);
  const clicks = ordinary(places, (place) => clickRatio(channels, sampleRate, place));
  const jumps = JUMP_SECONDS.map((seconds) => ordinary(places, (place) => spectralJump(original, place, seconds)));
  const usualClick = clicks[Math.floor(0.99 * clicks.length)];
  const usualLevelDb = ordinary(places, (place) => levelDb(channels, place, place + 0.02 * sampleRate))[PLACES >> 1];
  const rhythm = createRhythmJudge(original, mask, sampleRate);

  return (filled) => {
    const mel = logMel(filled, sampleRate, { of: original, start: mask.start, end: mask.end });
    const faults = new Set();
    if (!isUntouchedOutside(channels, filled, mask)) faults.add("outside changed");
    const span = Math.min(LEVEL_SECONDS * sampleRate, (mask.end - mask.start) / 2);
    const seams = [mask.start, mask.end]
      .filter((seam) => seam > 0.2 * sampleRate && seam < frameCount - 0.2 * sampleRate)
      .map((seam) => {
        const click = clickRatio(filled, sampleRate, seam);
        const clickRank = rankIn(clicks, click);
        if (clickRank > 0.995 && click > 1.25 * usualClick) faults.add("click");
        const jumpRanks = JUMP_SECONDS.map((seconds, i) => rankIn(jumps[i], spectralJump(mel, seam, seconds)));
        if (jumpRanks.filter((rank) => rank > 0.99).length >= 2) faults.add("spectral break");
        const levelStepDb = Math.abs(levelDb(filled, seam, seam + span) - levelDb(filled, seam - span, seam));
        if (levelStepDb > LARGEST_LEVEL_STEP_DB) faults.add("level step");
        return { clickRank, jumpRanks, levelStepDb };
      });
    if (silentShare(filled, mask, 0.02 * sampleRate, usualLevelDb - 40) > 0.3) faults.add("silence");
    const beatKept = rhythm(mel);
    if (beatKept === false) faults.add("beat lost");
    const distanceDb = logSpectralDistance(original, mel, mask.start, mask.end);
    return { seams, beatKept, distanceDb, faults: /** @type {string[]} */ ([...faults]) };
  };
}

/** @type {WeakMap<Float32Array[], import("./metrics/log-mel.mjs").LogMel>} */
const analysed = new WeakMap();

/** Of a whole clip, analysed once for all its masks. @param {Clip} clip */
function logMelOf({ channels, sampleRate }) {
  const mel = analysed.get(channels) ?? logMel(channels, sampleRate);
  analysed.set(channels, mel);
  return mel;
}

/** Sorted, so that ranks and quantiles can be read off. @param {number[]} places @param {(place: number) => number} measure */
function ordinary(places, measure) {
  return Float64Array.from(places.map(measure).filter(Number.isFinite)).sort();
}

/** Share of the sorted values below this one, equal ones counted half. @param {Float64Array} sorted @param {number} value */
function rankIn(sorted, value) {
  const below = sorted.filter((other) => other < value).length;
  return (below + sorted.filter((other) => other === value).length / 2) / sorted.length;
}

/** @param {Float32Array[]} original @param {Float32Array[]} filled @param {Mask} mask */
function isUntouchedOutside(original, filled, { start, end }) {
  return original.every((samples, channel) =>
    samples.every((sample, n) => (n >= start && n < end) || filled[channel][n] === sample),
  );
}

/** @param {Float32Array[]} channels @param {Mask} mask @param {number} step @param {number} limitDb */
function silentShare(channels, { start, end }, step, limitDb) {
  let silent = 0;
  let count = 0;
  for (let from = start; from + step <= end; from += step, count++) {
    if (levelDb(channels, from, from + step) < limitDb) silent++;
  }
  return count === 0 ? 0 : silent / count;
}

/**
 * The beat is kept when the beats before and after each seam agree without a shift, nearly so, or as well as the
 * recording's own beats do at the lower tenth of its places.
 *
 * @param {import("./metrics/log-mel.mjs").LogMel} original
 * @param {Mask} mask
 * @param {number} sampleRate
 * @returns {(mel: import("./metrics/log-mel.mjs").LogMel) => boolean | null}
 */
function createRhythmJudge(original, mask, sampleRate) {
  const [start, end] = [mask.start / original.hop, mask.end / original.hop];
  const onset = onsets(original);
  const { period, clarity } = findBeat(onset, (frame) => frame < start - 4 || frame > end + 4);
  const beats = Math.max(2, Math.min(MOST_BEATS, Math.floor((end - start) / period)));
  const span = beats * period;
  const random = createRandom(11);
  const usual = Array.from({ length: 120 }, () => span + random() * (original.frameCount - 2 * span))
    .filter((frame) => frame + span < start - 4 || frame - span > end + 4)
    .slice(0, 60)
    .map((frame) => rhythmAgreement(onset, frame, period, beats));
  const isOnBeat = (/** @type {import("./metrics/rhythm.mjs").Agreement} */ { shiftBeats }) =>
    Math.abs(shiftBeats) <= ON_THE_BEAT;
  const isSteady = usual.length > 9 && usual.filter(isOnBeat).length >= STEADY_SHARE * usual.length;
  if (clarity < CLEAR_BEAT || !isSteady || end - start < 2 * period) return () => null;
  const coherences = Float64Array.from(usual.map(({ coherence }) => coherence)).sort();
  const seams = [mask.start, mask.end].filter(
    (seam) => seam > 0.2 * sampleRate && seam / original.hop < original.frameCount - 20,
  );
  return (mel) => {
    const filled = onsets(mel);
    return seams.every((seam) => {
      const agreement = rhythmAgreement(filled, seam / original.hop, period, beats);
      return agreement.coherence >= 0.5 || isOnBeat(agreement) || rankIn(coherences, agreement.coherence) > 0.1;
    });
  };
}
