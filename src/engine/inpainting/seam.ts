import { burg, extrapolate } from "./autoregression.js";

/** The correction fades over this long; shorter ones are heard as a bump, longer ones bring the old passage back. */
const FADE_SECONDS = 0.08;
/** Context the model is fitted to, 4096 samples at 44.1 kHz. */
const CONTEXT_SECONDS = 4096 / 44_100;
const ORDER = 1000;

/** The length of the correction at one seam, for a gap that has to hold `seamCount` of them. */
export function seamLength(sampleRate: number, gapLength: number, seamCount: number): number {
  return Math.min(Math.round(FADE_SECONDS * sampleRate), Math.floor(gapLength / seamCount));
}

/** How much known difference `joinSeam` wants, in samples. */
export function seamContext(sampleRate: number): number {
  return Math.round(CONTEXT_SECONDS * sampleRate);
}

/**
 * Makes a fill continue its context without touching the context. The difference between context and source, known up
 * to the seam, is continued into the gap by an autoregressive model and faded by cos²: at the seam fill plus difference
 * is exactly what the context would go on with. `difference` runs towards the seam; `fill` is changed in place, read
 * forwards from its first sample (`direction` 1) or backwards from its last (-1).
 */
export function joinSeam(difference: Float64Array, fill: Float32Array, direction: 1 | -1, length: number): void {
  const order = Math.min(ORDER, Math.floor(difference.length / 3));
  if (order < 1 || length < 1) return;
  const continued = extrapolate(difference, burg(difference, order), length);
  const first = direction === 1 ? 0 : fill.length - 1;
  for (let n = 0; n < length; n++) {
    const fade = Math.cos((Math.PI / 2) * ((n + 0.5) / length)) ** 2;
    const index = first + direction * n;
    fill[index] = (fill[index] as number) + fade * (continued[n] as number);
  }
}
