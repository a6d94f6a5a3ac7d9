/** How a result relates to its original. */
export interface Comparison {
  /** By how many seconds the result's sound comes later than the original's; 0 when they line up. */
  readonly lagSeconds: number;
  /** What brings the result to the original's loudness outside the mask, in decibels. */
  readonly gainDecibels: number;
  /** The difference outside the mask relative to the original there, in decibels; -Infinity: none. */
  readonly differenceDecibels: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Lossy formats and decoders shift by up to about this much. */
const MAX_LAG_FRAMES = 2_500;
const WINDOW_FRAMES = 8_192;
/** The joins are blended over a few milliseconds; there both differ rightly. */
const JOIN_SECONDS = 0.1;

/** Compares what lies outside the mask. Both in channels of samples at the same rate. */
export function compare(
  original: readonly Float32Array[],
  result: readonly Float32Array[],
  sampleRate: number,
  mask: Span,
): Comparison {
  const frames = Math.min(original[0]?.length ?? 0, result[0]?.length ?? 0);
  const kept: Span[] = [
    { start: 0, end: Math.floor((mask.start - JOIN_SECONDS) * sampleRate) },
    { start: Math.ceil((mask.end + JOIN_SECONDS) * sampleRate), end: frames },
  ].filter(({ start, end }) => end > start);
  const lag = findLag(original, result, kept);

  let originalEnergy = 0;
  let resultEnergy = 0;
  let differenceEnergy = 0;
  for (const [index, before] of original.entries()) {
    const after = result[Math.min(index, result.length - 1)];
    if (after === undefined) continue;
    for (const { start, end } of kept) {
      for (let frame = Math.max(start, -lag); frame < Math.min(end, after.length - lag); frame++) {
        const a = before[frame] ?? 0;
        const b = after[frame + lag] ?? 0;
        originalEnergy += a * a;
        resultEnergy += b * b;
        differenceEnergy += (a - b) ** 2;
      }
    }
  }
  return {
    lagSeconds: lag / sampleRate,
    gainDecibels: originalEnergy > 0 && resultEnergy > 0 ? decibels(originalEnergy / resultEnergy) : 0,
    differenceDecibels: differenceEnergy === 0 ? -Infinity : decibels(differenceEnergy / (originalEnergy || 1)),
  };
}

/** The shift at which the loudest passage outside the mask differs least. */
function findLag(original: readonly Float32Array[], result: readonly Float32Array[], kept: readonly Span[]): number {
  const [before, after] = [original[0], result[0]];
  const start = loudestWindow(before, kept);
  if (before === undefined || after === undefined || start === null) return 0;
  let bestLag = 0;
  let least = differenceAt(0);
  for (let lag = 1; lag <= MAX_LAG_FRAMES && least > 0; lag++) {
    for (const candidate of [lag, -lag]) {
      const difference = differenceAt(candidate);
      if (difference < least) {
        least = difference;
        bestLag = candidate;
      }
    }
  }
  return bestLag;

  function differenceAt(lag: number): number {
    let sum = 0;
    for (let frame = start as number; frame < (start as number) + WINDOW_FRAMES; frame++) {
      sum += ((before?.[frame] ?? 0) - (after?.[frame + lag] ?? 0)) ** 2;
    }
    return sum;
  }
}

function loudestWindow(samples: Float32Array | undefined, kept: readonly Span[]): number | null {
  let loudest: number | null = null;
  let most = 0;
  for (const { start, end } of kept) {
    for (let frame = start; frame + WINDOW_FRAMES <= end; frame += WINDOW_FRAMES) {
      let energy = 0;
      for (let index = frame; index < frame + WINDOW_FRAMES; index++) energy += (samples?.[index] ?? 0) ** 2;
      if (energy > most) {
        most = energy;
        loudest = frame;
      }
    }
  }
  return loudest;
}

function decibels(ratio: number): number {
  return 10 * Math.log10(ratio);
}
