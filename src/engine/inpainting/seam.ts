import { correlate } from "./alignment.js";
import { burg, extrapolate } from "./autoregression.js";
import { isKnownSpan, type Recording } from "./recording.js";

/** The correction fades over this long; shorter ones are heard as a bump, longer ones bring the old passage back. */
const FADE_SECONDS = 0.12;
/** Context the model is fitted to, 4096 samples at 44.1 kHz. */
const CONTEXT_SECONDS = 4096 / 44_100;
const ORDER = 1000;
/** Context and source are compared over this long to tell how much they have in common. */
const AGREEMENT_SECONDS = 0.03;

/** The length of the correction at one seam, for a gap that has to hold `seamCount` of them. */
export function seamLength(sampleRate: number, gapLength: number, seamCount: number): number {
  return Math.min(Math.round(FADE_SECONDS * sampleRate), Math.floor(gapLength / seamCount));
}

/** How much known difference `joinSeam` wants, in samples. */
export function seamContext(sampleRate: number): number {
  return Math.round(CONTEXT_SECONDS * sampleRate);
}

/** How much the source's waveform beside its seam is like the context's, 0..1; 1 where that can't be compared. */
export function seamAgreement(recording: Recording, at: number, lag: number, direction: 1 | -1): number {
  const length = Math.round(AGREEMENT_SECONDS * recording.sampleRate);
  const from = direction === 1 ? at - length : at;
  const isKnown = (start: number) => isKnownSpan(recording, start, start + length);
  if (!isKnown(from) || !isKnown(from - lag)) return 1;
  return Math.max(0, correlate(recording.channels, from, from - lag, length));
}

/**
 * The part of the source that is there from the seam on: all of it where it agrees with the context, half where the two
 * have nothing in common. Then their difference is as loud as both, and would come on top of the source.
 */
export function sourceShare(agreement: number): number {
  return (1 + agreement) / 2;
}

/**
 * Lets the source rise from `share` at the seam to 1 as the continued difference fades: with the fade f its weight is
 * √(share² + (1 - share²)(1 - f²)), which keeps the power of two signals that are not alike.
 */
export function raiseSource(fill: Float32Array, share: number, direction: 1 | -1, length: number): void {
  const first = direction === 1 ? 0 : fill.length - 1;
  for (let n = 0; n < length; n++) {
    const index = first + direction * n;
    const weight = Math.sqrt(share ** 2 + (1 - share ** 2) * (1 - fadeOut(n, length) ** 2));
    fill[index] = (fill[index] as number) * weight;
  }
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
    const index = first + direction * n;
    fill[index] = (fill[index] as number) + fadeOut(n, length) * (continued[n] as number);
  }
}

function fadeOut(n: number, length: number): number {
  return Math.cos((Math.PI / 2) * ((n + 0.5) / length)) ** 2;
}
