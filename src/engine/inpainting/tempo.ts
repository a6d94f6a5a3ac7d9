import FFT from "fft.js";
import type { Features } from "./features.js";

export interface Tempo {
  beatsPerMinute: number;
  beatSeconds: number;
  /** Onset autocorrelation at one beat, 0..1: below about .2 there is no beat to speak of. */
  clarity: number;
}

const SLOWEST_BPM = 50;
const FASTEST_BPM = 190;
/** Log-normal prior: listeners tap near 115 bpm; one octave off costs about half. */
const PRIOR = { beatsPerMinute: 115, octaves: 0.9 };
/** A tempo named in the prompt only settles which multiple is meant: it must be within a few per cent. */
const HINT_OCTAVES = 0.06;
const LOCAL_MEAN_FRAMES = 50;

/** Below this there is no beat to keep. */
const CLEAR_BEAT = 0.2;

export function hasClearBeat({ clarity }: Tempo): boolean {
  return clarity >= CLEAR_BEAT;
}

/** Reads an explicit tempo ("118 bpm", "at 96 BPM") from a prompt; null without one. */
export function tempoHint(prompt: string): number | null {
  const match = /(?<![\d.])(\d{2,3}(?:\.\d{1,2})?)\s*-?\s*bpm\b/i.exec(prompt);
  const beatsPerMinute = Number(match?.[1]);
  return beatsPerMinute >= 30 && beatsPerMinute <= 300 ? beatsPerMinute : null;
}

/**
 * Tempo from the autocorrelation of the onset strength (after Ellis, "Beat tracking by dynamic programming", 2007),
 * refined at 4 to 32 beats, where a peak fixes the period that much more finely.
 */
export function estimateTempo(features: Features, sampleRate: number, hint: number | null): Tempo {
  const hopSeconds = features.hop / sampleRate;
  const onset = centredOnset(features);
  const longest = Math.min(onset.length - 1, Math.ceil((32 * 60) / SLOWEST_BPM / hopSeconds));
  const correlation = autocorrelation(onset, features.melKnown, longest);
  const at = (lag: number): number => {
    const whole = Math.floor(lag);
    if (whole + 1 >= correlation.length) return 0;
    const low = correlation[whole] as number;
    return low + ((correlation[whole + 1] as number) - low) * (lag - whole);
  };
  const [centre, octaves] = hint === null ? [PRIOR.beatsPerMinute, PRIOR.octaves] : [hint, HINT_OCTAVES];
  const slowest = hint === null ? SLOWEST_BPM : hint / 1.06;
  const fastest = hint === null ? FASTEST_BPM : hint * 1.06;
  let period = 60 / centre / hopSeconds;
  let bestScore = 0;
  for (let lag = 60 / fastest / hopSeconds; lag <= 60 / slowest / hopSeconds; lag += 0.1) {
    const prior = Math.exp(-0.5 * (Math.log2(60 / (lag * hopSeconds) / centre) / octaves) ** 2);
    const score = (at(lag) + 0.6 * at(2 * lag) + 0.6 * at(4 * lag)) * prior;
    if (score > bestScore) {
      bestScore = score;
      period = lag;
    }
  }
  for (const beats of [4, 8, 16, 32]) period = refine(at, period, beats);
  const beatSeconds = period * hopSeconds;
  return { beatsPerMinute: 60 / beatSeconds, beatSeconds, clarity: Math.max(0, at(period)) };
}

/** Moves the period to the autocorrelation's peak within 1.5 frames of `beats` periods. */
function refine(at: (lag: number) => number, period: number, beats: number): number {
  let best = period;
  let bestValue = at(period * beats);
  for (let offset = -1.5; offset <= 1.5; offset += 0.1) {
    const value = at(period * beats + offset);
    if (value > bestValue * 1.0001 + 1e-9) {
      bestValue = value;
      best = period + offset / beats;
    }
  }
  return best;
}

/** Onset strength above its mean over about a second. */
export function centredOnset({ onset }: Features): Float64Array {
  const sums = new Float64Array(onset.length + 1);
  for (let i = 0; i < onset.length; i++) sums[i + 1] = (sums[i] as number) + (onset[i] as number);
  return Float64Array.from(onset, (value, i) => {
    const from = Math.max(0, i - LOCAL_MEAN_FRAMES);
    const to = Math.min(onset.length, i + LOCAL_MEAN_FRAMES + 1);
    return Math.max(0, value - ((sums[to] as number) - (sums[from] as number)) / (to - from));
  });
}

/**
 * Normalised so that lag 0 is 1; pairs with a frame inside the gap are left out. By the Wiener-Khinchin theorem:
 * the autocorrelation is the inverse transform of the power spectrum, of onsets and of known frames alike.
 */
function autocorrelation(onset: Float64Array, known: Uint8Array, longest: number): Float64Array {
  const sumsOfProducts = createSumsOfProducts(onset.length, longest);
  const products = sumsOfProducts(onset.map((value, i) => (known[i] === 1 ? value : 0)));
  const counts = sumsOfProducts(Float64Array.from(known));
  const mean = (lag: number) => {
    const count = Math.round(counts[lag] as number);
    return count > 100 ? (products[lag] as number) / count : 0;
  };
  const zero = mean(0);
  return Float64Array.from({ length: longest + 1 }, (_, lag) => (zero > 0 ? mean(lag) / zero : 0));
}

/** Σ x[n] x[n - lag] for lag = 0..longest, of any `length` values. */
export function createSumsOfProducts(length: number, longest: number): (values: Float64Array) => Float64Array {
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, length + longest + 1)));
  const transform = new FFT(size);
  const input = new Float64Array(2 * size);
  const output = new Float64Array(2 * size);
  return (values) => {
    input.fill(0);
    for (let n = 0; n < values.length; n++) input[2 * n] = values[n] as number;
    transform.transform(output, input);
    for (let bin = 0; bin < 2 * size; bin += 2) {
      output[bin] = (output[bin] as number) ** 2 + (output[bin + 1] as number) ** 2;
      output[bin + 1] = 0;
    }
    transform.inverseTransform(input, output);
    return Float64Array.from({ length: longest + 1 }, (_, lag) => input[2 * lag] as number);
  };
}
