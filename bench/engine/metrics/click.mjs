// @ts-check

const ORDER = 24;
const NEIGHBOURHOOD_SECONDS = 0.03;
const SEAM_SECONDS = 0.0015;

/**
 * How much a point stands out from what linear prediction expects: the largest prediction error within 1.5 ms of it
 * over the median error within 30 ms, the largest over channels. NaN too near the ends.
 *
 * @param {Float32Array[]} channels
 * @param {number} sampleRate
 * @param {number} at
 */
export function clickRatio(channels, sampleRate, at) {
  const from = at - Math.round(NEIGHBOURHOOD_SECONDS * sampleRate);
  const to = at + Math.round(NEIGHBOURHOOD_SECONDS * sampleRate);
  const near = Math.round(SEAM_SECONDS * sampleRate);
  if (from < ORDER || to > channels[0].length) return Number.NaN;
  let worst = 0;
  for (const samples of channels) {
    const predictor = levinson(autocorrelation(samples, from, to));
    if (predictor === null) continue;
    const errors = [];
    let peak = 0;
    for (let n = from; n < to; n++) {
      let error = 0;
      for (let k = 0; k <= ORDER; k++) error += predictor[k] * samples[n - k];
      if (Math.abs(n - at) <= near) peak = Math.max(peak, Math.abs(error));
      else errors.push(Math.abs(error));
    }
    errors.sort((a, b) => a - b);
    worst = Math.max(worst, peak / (errors[Math.floor(errors.length / 2)] + 1e-7));
  }
  return worst;
}

/** @param {Float32Array} samples @param {number} from @param {number} to */
function autocorrelation(samples, from, to) {
  return Float64Array.from({ length: ORDER + 1 }, (_, lag) => {
    let sum = 0;
    for (let n = from; n < to - lag; n++) sum += samples[n] * samples[n + lag];
    return sum;
  });
}

/** Levinson and Durbin's recursion; null for silence. @param {Float64Array} correlation */
function levinson(correlation) {
  let error = correlation[0] * (1 + 1e-6);
  if (error < 1e-7) return null;
  let predictor = new Float64Array(ORDER + 1);
  predictor[0] = 1;
  for (let m = 1; m <= ORDER && error > 0; m++) {
    let sum = correlation[m];
    for (let i = 1; i < m; i++) sum += predictor[i] * correlation[m - i];
    const reflection = -sum / error;
    const next = predictor.slice();
    for (let i = 1; i < m; i++) next[i] = predictor[i] + reflection * predictor[m - i];
    next[m] = reflection;
    predictor = next;
    error *= 1 - reflection ** 2;
  }
  return predictor;
}
