// @ts-check
import FFT from "fft.js";

/**
 * Levels of 40 mel bands in dB every 10 ms, power summed over channels. Independent of the engine's own features: another
 * hop, other bands, another floor.
 *
 * @typedef {object} LogMel
 * @property {Float32Array} levels levels[frame * BANDS + band]; frame f is centred on sample f * hop.
 * @property {number} frameCount
 * @property {number} hop In samples.
 * @property {number} floor Power added to every band before the logarithm: 70 dB below the loudest.
 */

export const BANDS = 40;
export const HOP_SECONDS = 0.01;
const WINDOW_SECONDS = 0.0232;

/**
 * @param {Float32Array[]} channels
 * @param {number} sampleRate
 * @param {{ of: LogMel, start: number, end: number }} [changed] Levels of a recording that differs from this one only
 *   between two samples: only that part is analysed anew.
 * @returns {LogMel}
 */
export function logMel(channels, sampleRate, changed) {
  const size = 2 ** Math.round(Math.log2(WINDOW_SECONDS * sampleRate));
  const hop = Math.round(HOP_SECONDS * sampleRate);
  const frameCount = Math.floor(channels[0].length / hop) + 1;
  const bands = triangles(size, sampleRate);
  const powers = new Float64Array(frameCount * BANDS);
  const first = changed ? Math.max(0, Math.floor(changed.start / hop) - 3) : 0;
  const last = changed ? Math.min(frameCount, Math.ceil(changed.end / hop) + 4) : frameCount;
  const spectrum = createSpectrum(size);
  let loudest = 0;
  for (let frame = first; frame < last; frame++) {
    const power = spectrum(channels, Math.round(frame * hop) - size / 2);
    for (const [band, { firstBin, weights }] of bands.entries()) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * power[firstBin + i];
      powers[frame * BANDS + band] = sum;
      if (sum > loudest) loudest = sum;
    }
  }
  const floor = changed ? changed.of.floor : Math.max(loudest * 1e-7, 1e-9);
  const levels = changed ? changed.of.levels.slice() : new Float32Array(powers.length);
  for (let i = first * BANDS; i < last * BANDS; i++) levels[i] = 10 * Math.log10(powers[i] + floor);
  return { levels, frameCount, hop, floor };
}

/** @param {number} size @returns {(channels: Float32Array[], start: number) => Float64Array} The array is reused. */
function createSpectrum(size) {
  const transform = new FFT(size);
  const window = Float64Array.from({ length: size }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / size));
  const input = new Float64Array(size);
  const output = new Float64Array(2 * size);
  const power = new Float64Array(size / 2 + 1);
  return (channels, start) => {
    power.fill(0);
    for (const samples of channels) {
      for (let n = 0; n < size; n++) input[n] = (samples[start + n] ?? 0) * window[n];
      transform.realTransform(output, input);
      for (let bin = 0; bin <= size / 2; bin++) power[bin] += output[2 * bin] ** 2 + output[2 * bin + 1] ** 2;
    }
    return power;
  };
}

/** Triangles equally spaced in mel between 40 Hz and 16 kHz. @param {number} size @param {number} sampleRate */
function triangles(size, sampleRate) {
  const toMel = (/** @type {number} */ hz) => 2595 * Math.log10(1 + hz / 700);
  const toHz = (/** @type {number} */ mel) => 700 * (10 ** (mel / 2595) - 1);
  const low = toMel(40);
  const step = (toMel(Math.min(16_000, 0.47 * sampleRate)) - low) / (BANDS + 1);
  return Array.from({ length: BANDS }, (_, band) => {
    const [from, centre, to] = [0, 1, 2].map((i) => (toHz(low + (band + i) * step) * size) / sampleRate);
    const firstBin = Math.max(1, Math.round(Math.min(centre, Math.ceil(from))));
    const weights = [];
    for (let bin = firstBin; bin <= Math.min(size / 2, Math.max(firstBin, Math.floor(to))); bin++) {
      const weight = bin <= centre ? (bin - from) / (centre - from) : (to - bin) / (to - centre);
      weights.push(Math.max(0, weight));
    }
    if (weights.every((weight) => weight === 0)) weights[0] = 1;
    return { firstBin, weights };
  });
}
