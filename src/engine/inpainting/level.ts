import { isKnownSpan, type Recording } from "./recording.js";

/** Loudness is compared over this much context beside a seam. */
const CONTEXT_SECONDS = 0.6;
/** Beyond this a source is not the same passage any more, and lifting it would lift its noise. */
export const MAX_GAIN_DB = 4;

/**
 * Gain in dB that brings the source beside a seam to the context's RMS, within ± 4 dB. `direction` -1 looks before
 * `seam` (entry), 1 after it (exit). Only the stretch that both context and source have is measured; 0 without one.
 */
export function seamGainDb(recording: Recording, seam: number, lag: number, direction: -1 | 1): number {
  const { channels, sampleRate, gap } = recording;
  let length = Math.round(CONTEXT_SECONDS * sampleRate);
  length = Math.min(length, direction < 0 ? seam : gap.total - seam);
  const span = (size: number): [number, number] => (direction < 0 ? [seam - size, seam] : [seam, seam + size]);
  for (; length > 0.05 * sampleRate; length = Math.floor(length / 2)) {
    const [from, to] = span(length);
    if (!isKnownSpan(recording, from - lag, to - lag)) continue;
    const context = energy(channels, from, to);
    const source = energy(channels, from - lag, to - lag);
    if (context < 1e-9 || source < 1e-9) return 0;
    return Math.max(-MAX_GAIN_DB, Math.min(MAX_GAIN_DB, 10 * Math.log10(context / source)));
  }
  return 0;
}

/** A gain in dB that moves smoothly (3u² - 2u³) from the entry's to the exit's across the gap, as a factor. */
export function gainAt(entryDb: number, exitDb: number, position: number): number {
  const smooth = position * position * (3 - 2 * position);
  return Math.exp((Math.LN10 / 20) * (entryDb + (exitDb - entryDb) * smooth));
}

function energy(channels: readonly Float32Array[], from: number, to: number): number {
  let sum = 0;
  for (const samples of channels) {
    for (let n = from; n < to; n++) sum += (samples[n] as number) ** 2;
  }
  return sum;
}
