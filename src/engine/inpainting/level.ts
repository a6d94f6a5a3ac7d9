import { isKnownSpan, type Recording } from "./recording.js";

/** Loudness is compared over this much context beside a seam. */
const CONTEXT_SECONDS = 0.6;
/** Beyond this a source is not the same passage any more, and lifting it would lift its noise. */
export const MAX_GAIN_DB = 4;
/** A context this far below the recording's level is a fade, which no source has to match: it may be lowered this much. */
const FADED_DB = -15;
const FADED_MIN_GAIN_DB = -24;
const FADE_SECONDS = 2;
/** A step in loudness is told by what is heard for this long before and after. */
const STEP_SECONDS = 1;
const SILENT_POWER = 1e-12;

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

/** Mean power of the samples between two places in dB of full scale; read off sums, to a hop's precision. */
export type LevelBetween = (from: number, to: number) => number;

/** Σ x² over all channels, hop by hop: a level then costs two look-ups, however long the span. */
export function createLevels({ channels }: Recording, hop: number): LevelBetween {
  const length = channels[0]?.length ?? 0;
  const sums = new Float64Array(Math.floor(length / hop) + 1);
  for (let i = 1; i < sums.length; i++) {
    sums[i] = (sums[i - 1] as number) + energy(channels, Math.round((i - 1) * hop), Math.round(i * hop));
  }
  const indexOf = (sample: number) => Math.max(0, Math.min(sums.length - 1, Math.round(sample / hop)));
  return (from, to) => {
    const [first, last] = [indexOf(from), indexOf(to)];
    const power = ((sums[last] as number) - (sums[first] as number)) / Math.max(1, (last - first) * hop);
    return 10 * Math.log10(power / channels.length + SILENT_POWER);
  };
}

/**
 * By how many dB loudness will step at a seam, over a second on each side, when a source `lag` earlier is lifted by
 * `gainDb`. Less is compared where the gap or the known source is shorter; 0 where nothing can be.
 */
export function levelStepDb(
  { gap, sampleRate }: Recording,
  levels: LevelBetween,
  seam: number,
  lag: number,
  direction: -1 | 1,
  gainDb: number,
): number {
  const source = seam - lag;
  const room =
    direction < 0 ? (source < gap.start ? gap.start : gap.total) - source : source - (source > gap.end ? gap.end : 0);
  const context = direction < 0 ? seam : gap.total - seam;
  const span = Math.min(STEP_SECONDS * sampleRate, (gap.end - gap.start) / 2, room, context);
  if (span < 0.05 * sampleRate) return 0;
  const [outside, inside] =
    direction < 0
      ? [levels(seam - span, seam), levels(source, source + span)]
      : [levels(seam, seam + span), levels(source - span, source)];
  return inside + gainDb - outside;
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
