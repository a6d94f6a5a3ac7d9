import { sampleAt } from "./interpolation.js";
import type { Segment } from "./joins.js";
import { createGain, seamGainDb } from "./level.js";
import { CROSSFADE_SECONDS } from "./micro-jump.js";
import type { Recording } from "./recording.js";
import { joinSeam, raiseSource, seamAgreement, seamContext, seamLength, sourceShare } from "./seam.js";
import type { UsualJumps } from "./seam-jump.js";
import { matchTimbre } from "./seam-timbre.js";

export interface Fill {
  /** One array per channel, as long as the gap. */
  channels: Float32Array[];
  /** Gains applied at the two seams, in dB. */
  entryGainDb: number;
  exitGainDb: number;
}

/** Reads the segments from the recording, level-matched and crossfaded, and joins the result to both contexts. */
export function renderFill(recording: Recording, segments: readonly Segment[], usualJumps: UsualJumps): Fill {
  const { gap, channels } = recording;
  const first = segments[0] as Segment;
  const last = segments[segments.length - 1] as Segment;
  const hasEntry = gap.start > 0;
  const hasExit = gap.end < gap.total;
  const gains = {
    entry: hasEntry ? seamGainDb(recording, gap.start, first.startLag, -1) : null,
    exit: hasExit ? seamGainDb(recording, gap.end, last.endLag, 1) : null,
  };
  // Without a second seam the gain eases back to the source's own level.
  const entryGainDb = gains.entry ?? 0;
  const exitGainDb = gains.exit ?? 0;
  const gainAt = createGain(entryGainDb, exitGainDb, gap.end - gap.start, recording.sampleRate);
  const seams = (hasEntry ? 1 : 0) + (hasExit ? 1 : 0);
  const length = seamLength(recording.sampleRate, gap.end - gap.start, seams);
  const entryAgreement = seamAgreement(recording, gap.start, first.startLag, 1);
  const exitAgreement = seamAgreement(recording, gap.end, last.endLag, -1);
  const [entryShare, exitShare] = [sourceShare(entryAgreement), sourceShare(exitAgreement)];
  const filled = channels.map((samples) => {
    const fill = new Float32Array(gap.end - gap.start);
    segments.forEach((segment, i) => {
      addSegment(fill, samples, recording, segment, segments[i + 1]);
    });
    for (let n = 0; n < fill.length; n++) fill[n] = (fill[n] as number) * gainAt(n);
    if (hasEntry) raiseSource(fill, entryShare, 1, length);
    if (hasExit) raiseSource(fill, exitShare, -1, length);
    if (hasEntry) joinSeam(entryDifference(recording, samples, first, entryShare, entryGainDb), fill, 1, length);
    if (hasExit) joinSeam(exitDifference(recording, samples, last, exitShare, exitGainDb), fill, -1, length);
    return fill;
  });
  const entry = { at: gap.start, lag: first.startLag, direction: 1, agreement: entryAgreement } as const;
  const exit = { at: gap.end, lag: last.endLag, direction: -1, agreement: exitAgreement } as const;
  if (hasEntry) matchTimbre(recording, filled, entry, usualJumps);
  if (hasExit) matchTimbre(recording, filled, exit, usualJumps);
  return { channels: filled, entryGainDb, exitGainDb };
}

function addSegment(
  fill: Float32Array,
  samples: Float32Array,
  { gap, sampleRate }: Recording,
  segment: Segment,
  next: Segment | undefined,
): void {
  const fade = Math.round(CROSSFADE_SECONDS * sampleRate);
  const half = fade >> 1;
  const isFirst = segment.start === gap.start;
  const from = isFirst ? segment.start : Math.max(gap.start, segment.start - half);
  const to = next === undefined ? segment.end : Math.min(gap.end, segment.end + half);
  const glide = (segment.endLag - segment.startLag) / Math.max(1, segment.end - segment.start);
  for (let t = from; t < to; t++) {
    let weight = 1;
    if (!isFirst && t < segment.start + half) {
      weight = fadeIn((t - segment.start + half + 0.5) / fade, segment.correlation);
    }
    if (next !== undefined && t >= segment.end - half) {
      weight *= fadeIn((segment.end + half - t - 0.5) / fade, next.correlation);
    }
    const value =
      glide === 0
        ? (samples[t - segment.startLag] ?? 0)
        : sampleAt(samples, t - segment.startLag - glide * (t - segment.start));
    fill[t - gap.start] = (fill[t - gap.start] as number) + weight * value;
  }
}

/**
 * Crossfade that keeps the power of two signals with correlation r: with a = sin²(πu/2) and b = 1 - a, the weights are
 * divided by √(a² + b² + 2rab) (after Fink, Holters, Zölzer, "Signal-matched power-complementary cross-fading", 2016).
 */
function fadeIn(position: number, correlation: number): number {
  const u = Math.max(0, Math.min(1, position));
  const rising = Math.sin((Math.PI / 2) * u) ** 2;
  const falling = 1 - rising;
  const r = Math.max(0, Math.min(1, correlation));
  return rising / Math.sqrt(rising * rising + falling * falling + 2 * r * rising * falling);
}

/** Context minus the source's share up to the entry, oldest first; shorter where the source's past is not known. */
function entryDifference(
  { gap, sampleRate }: Recording,
  samples: Float32Array,
  { startLag }: Segment,
  share: number,
  gainDb: number,
): Float64Array {
  const gain = share * 10 ** (gainDb / 20);
  const source = gap.start - startLag;
  const sourceBegin = source > gap.end ? gap.end : 0;
  const length = Math.max(0, Math.min(seamContext(sampleRate), gap.start, source - sourceBegin));
  return Float64Array.from({ length }, (_, i) => {
    const n = gap.start - length + i;
    return (samples[n] as number) - gain * (samples[n - startLag] as number);
  });
}

/** Context minus the source's share after the exit, latest first, so that it runs towards the seam. */
function exitDifference(
  { gap, sampleRate }: Recording,
  samples: Float32Array,
  { endLag }: Segment,
  share: number,
  gainDb: number,
): Float64Array {
  const gain = share * 10 ** (gainDb / 20);
  const source = gap.end - endLag;
  const sourceEnd = source <= gap.start ? gap.start : gap.total;
  const length = Math.max(0, Math.min(seamContext(sampleRate), gap.total - gap.end, sourceEnd - source));
  return Float64Array.from({ length }, (_, i) => {
    const n = gap.end + length - 1 - i;
    return (samples[n] as number) - gain * (samples[n - endLag] as number);
  });
}
