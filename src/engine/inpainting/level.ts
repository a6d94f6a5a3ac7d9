import { isKnownSpan, type Recording } from "./recording.js";

/** Loudness is compared over this much context beside a seam. */
const CONTEXT_SECONDS = 0.6;
/** Beyond this a source is not the same passage any more, and lifting it would lift its noise. */
export const MAX_GAIN_DB = 4;
/** A context this far below the recording's level is a fade, which no source has to match: it may be lowered this much. */
const FADED_DB = -15;
const FADED_MIN_GAIN_DB = -24;
const FADE_SECONDS = 2;

/**
 * Gain in dB that brings the source beside a seam to the context's RMS, within ± 4 dB, or down to -24 dB at a fade. `direction` -1 looks before
 * `seam` (entry), 1 after it (exit). Only the stretch that both context and source have is measured; 0 without one.
 */
export function seamGainDb(recording: Recording, seam: number, lag: number, direction: -1 | 1): number {
  const { channels, sampleRate, gap, meanPower } = recording;
  let length = Math.round(CONTEXT_SECONDS * sampleRate);
  length = Math.min(length, direction < 0 ? seam : gap.total - seam);
  const span = (size: number): [number, number] => (direction < 0 ? [seam - size, seam] : [seam, seam + size]);
  for (; length > 0.05 * sampleRate; length = Math.floor(length / 2)) {
    const [from, to] = span(length);
    if (!isKnownSpan(recording, from - lag, to - lag)) continue;
    const context = energy(channels, from, to);
    const source = energy(channels, from - lag, to - lag);
    if (context < 1e-9 || source < 1e-9) return 0;
    const contextPower = context / ((to - from) * channels.length);
    const isFade = 10 * Math.log10(contextPower / meanPower) < FADED_DB;
    const lowest = isFade ? FADED_MIN_GAIN_DB : -MAX_GAIN_DB;
    return Math.max(lowest, Math.min(MAX_GAIN_DB, 10 * Math.log10(context / source)));
  }
  return 0;
}

/**
 * The gain over the gap as a factor per sample. Up to ± 4 dB it moves smoothly (3u² - 2u³, in dB) from the entry's to
 * the exit's value across the whole gap; what is beyond fades within two seconds of its seam.
 */
export function createGain(
  entryDb: number,
  exitDb: number,
  gapLength: number,
  sampleRate: number,
): (n: number) => number {
  const [entrySteady, exitSteady] = [Math.max(-MAX_GAIN_DB, entryDb), Math.max(-MAX_GAIN_DB, exitDb)];
  const [entryExtra, exitExtra] = [entryDb - entrySteady, exitDb - exitSteady];
  const fade = Math.max(1, Math.min(FADE_SECONDS * sampleRate, gapLength / 2));
  return (n) => {
    let gainDb = entrySteady + (exitSteady - entrySteady) * smoothStep(n / gapLength);
    if (n < fade) gainDb += entryExtra * smoothStep(1 - n / fade);
    if (gapLength - n < fade) gainDb += exitExtra * smoothStep(1 - (gapLength - n) / fade);
    return Math.exp((Math.LN10 / 20) * gainDb);
  };
}

function smoothStep(u: number): number {
  return u * u * (3 - 2 * u);
}

function energy(channels: readonly Float32Array[], from: number, to: number): number {
  let sum = 0;
  for (const samples of channels) {
    for (let n = from; n < to; n++) sum += (samples[n] as number) ** 2;
  }
  return sum;
}
