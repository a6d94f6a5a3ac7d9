// @ts-check
import { BANDS, HOP_SECONDS } from "./log-mel.mjs";

/** @typedef {import("./log-mel.mjs").LogMel} LogMel */
/** @typedef {{ shiftBeats: number, coherence: number }} Agreement */

const LOCAL_FRAMES = 50;

/** Rise over two frames, above its mean over a second. @param {LogMel} mel */
export function onsets({ levels, frameCount }) {
  const rises = new Float64Array(frameCount);
  for (let frame = 2; frame < frameCount; frame++) {
    for (let band = 0; band < BANDS; band++) {
      rises[frame] += Math.max(0, levels[frame * BANDS + band] - levels[(frame - 2) * BANDS + band]);
    }
  }
  const sums = new Float64Array(frameCount + 1);
  for (let frame = 0; frame < frameCount; frame++) sums[frame + 1] = sums[frame] + rises[frame];
  return rises.map((rise, frame) => {
    const from = Math.max(0, frame - LOCAL_FRAMES);
    const to = Math.min(frameCount, frame + LOCAL_FRAMES + 1);
    return Math.max(0, rise - (sums[to] - sums[from]) / (to - from));
  });
}

/**
 * The beat's length in frames by autocorrelation, and its clarity (the share of the energy that comes back a beat later).
 *
 * @param {Float64Array} onset
 * @param {(frame: number) => boolean} isKnown
 */
export function findBeat(onset, isKnown) {
  const perSecond = 1 / HOP_SECONDS;
  const [shortest, longest] = [Math.floor(perSecond / 3), Math.ceil((perSecond * 60) / 50)];
  const correlation = Float64Array.from({ length: 4 * longest + 3 }, (_, lag) => {
    let sum = 0;
    let count = 0;
    for (let i = lag; i < onset.length; i++) {
      if (!isKnown(i) || !isKnown(i - lag)) continue;
      sum += onset[i] * onset[i - lag];
      count++;
    }
    return count > 200 ? sum / count : 0;
  });
  let best = 0;
  let period = shortest;
  for (let lag = shortest; lag <= longest; lag += 0.1) {
    const prior = Math.exp(-0.5 * (Math.log2((60 * perSecond) / lag / 115) / 0.9) ** 2);
    const value = (at(correlation, lag) + 0.6 * at(correlation, 2 * lag) + 0.6 * at(correlation, 4 * lag)) * prior;
    if (value > best) [best, period] = [value, lag];
  }
  return { period, clarity: correlation[0] > 0 ? at(correlation, period) / correlation[0] : 0 };
}

/**
 * The rhythm of some beats before a point against that of as many after it: the shift at which they agree best, and how
 * much of that agreement there is without a shift.
 *
 * @param {Float64Array} onset
 * @param {number} frame
 * @param {number} period In frames.
 * @param {number} beats
 * @returns {Agreement}
 */
export function rhythmAgreement(onset, frame, period, beats) {
  const half = Math.floor(period / 2);
  const span = beats * period;
  const smooth = (/** @type {number} */ x) => 0.25 * at(onset, x - 1) + 0.5 * at(onset, x) + 0.25 * at(onset, x + 1);
  const sums = Array.from({ length: 2 * half + 1 }, (_, i) => {
    let sum = 0;
    for (let n = 0; n < span; n++) sum += smooth(frame - span + n) * smooth(frame + n + i - half);
    return sum;
  });
  const mean = sums.reduce((total, sum) => total + sum, 0) / sums.length;
  const best = Math.max(...sums);
  const unshifted = Math.max(...sums.slice(half - 1, half + 2));
  return {
    shiftBeats: (sums.indexOf(best) - half) / period,
    coherence: best > mean ? (unshifted - mean) / (best - mean) : 0,
  };
}

/** Between two elements. @param {Float64Array} values @param {number} index */
function at(values, index) {
  const whole = Math.floor(index);
  if (whole < 0 || whole + 1 >= values.length) return 0;
  return values[whole] + (values[whole + 1] - values[whole]) * (index - whole);
}
