import type { Features } from "./features.js";
import type { LagCosts, Seam } from "./lag-costs.js";
import type { Recording } from "./recording.js";
import { centredOnset, createSumsOfProducts, type Tempo } from "./tempo.js";

/** Rhythm compared beside a seam: this many beats, between these lengths. */
const CONTEXT_BEATS = 8;
const CONTEXT_SECONDS = { least: 3, most: 6 };
/** Cost of a lag whose rhythm falls exactly between the beats, for a beat as clear as this or clearer. */
const OFF_BEAT_COST = 1;
const FULL_CLARITY = 0.4;
/** The same inside a fill, where one passage changes to another. */
const OFF_BEAT_JUMP_COST = 0.6;

/**
 * Adds to each lag the cost of leaving the beat. The onsets o of the context are correlated with those of the source,
 *
 *   c(lag) = Σ o[t] · o[t - lag],
 *
 * at the lag and at lags up to half a beat away: agreement is how much of the best correlation is reached without a
 * shift, between the mean (0) and the best (1). Being local, this holds where the tempo drifts. It is asked twice: of the
 * source's own context, c(lag), and of what the source goes on with, c(lag ± k beats), where k beats are the context's
 * length: the beats that follow a seam must be those that came before it.
 */
export function addBeatCosts(
  lagCosts: LagCosts,
  recording: Recording,
  features: Features,
  seam: Seam,
  tempo: Tempo,
): LagCosts {
  const { costs, origin } = lagCosts;
  const { gap, sampleRate } = recording;
  const framesPerSecond = sampleRate / features.hop;
  const seconds = Math.max(CONTEXT_SECONDS.least, Math.min(CONTEXT_SECONDS.most, CONTEXT_BEATS * tempo.beatSeconds));
  const framesPerBeat = tempo.beatSeconds * framesPerSecond;
  const beats = Math.max(1, Math.round((seconds * framesPerSecond) / framesPerBeat));
  const length = Math.round(beats * framesPerBeat);
  const onwards = seam === "entry" ? -length : length;
  const first = Math.round((seam === "entry" ? gap.start : gap.end) / features.hop) - (seam === "entry" ? length : 0);
  const correlations = correlateOnsets(smooth(centredOnset(features)), first, length, origin);
  const half = Math.max(2, Math.floor(framesPerBeat / 2));
  const weight = OFF_BEAT_COST * Math.min(1, tempo.clarity / FULL_CLARITY);
  const adjusted = Float32Array.from(costs, (cost, index) => {
    if (!Number.isFinite(cost)) return cost;
    const both = agreement(correlations, index, half) + agreement(correlations, index + onwards, half);
    return cost + weight * (1 - both / 2);
  });
  return { costs: adjusted, origin };
}

/**
 * What a change of lag by so many frames costs for leaving the beat: by the agreement of the recording's onsets with
 * themselves, c(change) = Σ o[t] · o[t - change], as above.
 */
export function createBeatCost(features: Features, sampleRate: number, tempo: Tempo): (change: number) => number {
  const onset = smooth(centredOnset(features));
  const correlations = createSumsOfProducts(onset.length, onset.length - 1)(onset);
  const half = Math.max(2, Math.floor((tempo.beatSeconds * sampleRate) / features.hop / 2));
  const weight = OFF_BEAT_JUMP_COST * Math.min(1, tempo.clarity / FULL_CLARITY);
  const costs = Float32Array.from(correlations, (_, change) => weight * (1 - agreement(correlations, change, half)));
  return (change) => costs[Math.abs(change)] ?? 0;
}

/** Where the correlation at `index` lies between its mean and its maximum over ± half a beat, 0..1. */
function agreement(correlations: Float64Array, index: number, half: number): number {
  let sum = 0;
  let best = 0;
  for (let other = index - half; other <= index + half; other++) {
    const value = correlations[other] ?? 0;
    sum += value;
    if (value > best) best = value;
  }
  const mean = sum / (2 * half + 1);
  if (best - mean < 1e-9) return 1;
  // A frame to either side is still on the beat.
  const here = Math.max(correlations[index - 1] ?? 0, correlations[index] ?? 0, correlations[index + 1] ?? 0);
  return Math.max(0, (here - mean) / (best - mean));
}

/** Σ over the context of onset[c] · onset[c - lag], for every lag; index lag + origin. */
function correlateOnsets(onset: Float64Array, first: number, length: number, origin: number): Float64Array {
  const result = new Float64Array(2 * origin + 1);
  for (let frame = Math.max(0, first); frame < Math.min(onset.length, first + length); frame++) {
    const value = onset[frame] as number;
    if (value === 0) continue;
    for (let source = 0; source < onset.length; source++) {
      const index = frame - source + origin;
      result[index] = (result[index] as number) + value * (onset[source] as number);
    }
  }
  return result;
}

/** Weights 1-2-1: onsets are seldom on the very same frame. */
function smooth(onset: Float64Array): Float64Array {
  return onset.map((value, i) => 0.5 * value + 0.25 * ((onset[i - 1] ?? 0) + (onset[i + 1] ?? 0)));
}
