import { correlate } from "./alignment.js";
import type { Candidate } from "./candidates.js";
import type { Recording } from "./recording.js";

/** Context and source are compared over this long beside a seam. */
const COMPARED_SECONDS = 0.12;
/** Where one source changes to another. */
export const CROSSFADE_SECONDS = 0.04;
/** One lag serves both ends of a segment when that costs no more correlation than this. */
export const NEGLIGIBLE_CORRELATION = 0.06;
/** 0.2 % is 3.5 cents: inaudible. */
const LARGEST_GLIDE = 0.002;

/** Whether a lag may move from one value to another over so many samples without being heard. */
export function canGlide(from: number, to: number, length: number): boolean {
  return Math.abs(to - from) <= LARGEST_GLIDE * length;
}

/** Correlation of the waveform before the gap with the one `lag` earlier. */
export function entryCorrelation({ channels, gap, sampleRate }: Recording, lag: number): number {
  const length = Math.min(Math.round(COMPARED_SECONDS * sampleRate), gap.start);
  return correlate(channels, gap.start - length, gap.start - length - lag, length);
}

/** The same of the waveform after the gap. */
export function exitCorrelation({ channels, gap, sampleRate }: Recording, lag: number): number {
  const length = Math.min(Math.round(COMPARED_SECONDS * sampleRate), gap.total - gap.end);
  return correlate(channels, gap.end, gap.end - lag, length);
}

/**
 * Correlation of the two sources at the micro-jump without which a candidate could not fill the whole gap; null when it
 * needs none, because one lag serves both seams or there is room to glide.
 */
export function microJumpCorrelation(recording: Recording, hop: number, { entry, exit }: Candidate): number | null {
  if (entry === null || exit === null) return null;
  const { start, end } = recording.gap;
  const [startLag, endLag] = [entry.lagSamples, exit.lagSamples];
  if (canGlide(startLag, endLag, end - start)) return null;
  const lossAtEntry = entry.correlation - entryCorrelation(recording, endLag);
  const lossAtExit = exit.correlation - exitCorrelation(recording, startLag);
  if (Math.min(lossAtEntry, lossAtExit) < NEGLIGIBLE_CORRELATION) return null;
  return placeMicroJump(recording, hop, { start, end, startLag }, endLag).correlation;
}

/** The place inside a segment where reading with `startLag` and with `endLag` agree best over a crossfade's length. */
export function placeMicroJump(
  recording: Recording,
  hop: number,
  segment: { start: number; end: number; startLag: number },
  endLag: number,
): { at: number; correlation: number } {
  const { channels, sampleRate } = recording;
  const length = Math.round(CROSSFADE_SECONDS * sampleRate);
  const edge = Math.min(Math.round(0.2 * sampleRate), (segment.end - segment.start) >> 2);
  const [from, to] = [segment.start + edge, segment.end - edge];
  const stride = Math.max(hop, Math.ceil((to - from) / 200));
  let best = { at: (segment.start + segment.end) >> 1, correlation: -1 };
  for (let at = from; at <= to; at += stride) {
    const left = at - (length >> 1);
    const correlation = correlate(channels, left - segment.startLag, left - endLag, length);
    if (correlation > best.correlation) best = { at, correlation };
  }
  return best;
}
