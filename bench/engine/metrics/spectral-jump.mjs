// @ts-check
import { BANDS, HOP_SECONDS } from "./log-mel.mjs";

/** A window reaches this many hops to each side; nearer frames would mix both sides. */
const HALF_WINDOW_HOPS = 1.16;

/**
 * RMS over bands of the difference between the mean spectra `seconds` before and after a point, in dB. NaN at the ends.
 *
 * @param {import("./log-mel.mjs").LogMel} mel
 * @param {number} at In samples.
 * @param {number} seconds
 */
export function spectralJump({ levels, frameCount, hop }, at, seconds) {
  const count = Math.max(1, Math.round(seconds / HOP_SECONDS));
  const lastBefore = Math.floor(at / hop - HALF_WINDOW_HOPS);
  const firstAfter = Math.ceil(at / hop + HALF_WINDOW_HOPS);
  if (lastBefore - count + 1 < 0 || firstAfter + count > frameCount) return Number.NaN;
  let sum = 0;
  for (let band = 0; band < BANDS; band++) {
    let difference = 0;
    for (let i = 0; i < count; i++) {
      difference += levels[(firstAfter + i) * BANDS + band] - levels[(lastBefore - i) * BANDS + band];
    }
    sum += (difference / count) ** 2;
  }
  return Math.sqrt(sum / BANDS);
}

/**
 * Log-spectral distance of two recordings between two samples, in dB (RMS over bands and frames).
 *
 * @param {import("./log-mel.mjs").LogMel} a
 * @param {import("./log-mel.mjs").LogMel} b
 * @param {number} start
 * @param {number} end
 */
export function logSpectralDistance(a, b, start, end) {
  const first = Math.round(start / a.hop) * BANDS;
  const last = Math.min(a.frameCount, b.frameCount, Math.round(end / a.hop)) * BANDS;
  let sum = 0;
  for (let i = first; i < last; i++) sum += (a.levels[i] - b.levels[i]) ** 2;
  return Math.sqrt(sum / Math.max(1, last - first));
}
