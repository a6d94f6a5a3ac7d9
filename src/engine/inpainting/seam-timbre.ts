import { type Band, melBands } from "./bands.js";
import { isKnownSpan, type Recording } from "./recording.js";
import type { UsualJumps } from "./seam-jump.js";
import { applyBandGains } from "./short-time-gain.js";
import { createPowerSpectrum, nearestFftSize, type PowerSpectrum } from "./spectrum.js";

/** 1024 samples at 44.1 kHz. */
const WINDOW_SECONDS = 1024 / 44_100;
/** Timbre is compared over this much on each side of a seam. */
const SIDE_SECONDS = 0.1;
/** The correction holds for this long and is gone, by cos², after that. */
const HOLD_SECONDS = 0.08;
const FADE_SECONDS = 0.4;
/**
 * At the very seam the fill continues its context sample by sample, so a correction has to set in: the sooner it did, the
 * more would be heard of that. But where hiss begins with the seam, the little that is left of it before it is softened
 * would be heard as a tick.
 */
const SET_IN_SECONDS = 0.004;
const SUDDEN_SET_IN_SECONDS = 0.0001;
const HISS_HZ = 2500;
/** More would lift noise, or hollow a note out … */
const MAX_GAIN_DB = 9;
/** … but what the source has and the context has not may vanish, such as a cymbal … */
const MAX_SURPLUS_DB = 30;
/** … and a stroke that the context has just begun, by rising this far, goes on: cut off, it would be a tick. */
const BEGUN_DB = 9;
const MAX_CUT_OF_BEGUN_DB = 3;
/** Above this agreement the source is a repeat, the better the more, and so is any stroke in it. */
const UNLIKE = 0.8;
const SILENCE = 1e-7;

/** A seam as a fill is joined to its context: out[t] = x[t - lag] on the gap's side. */
export interface JoinedSeam {
  /** First sample after the seam. */
  at: number;
  lag: number;
  /** 1: the gap follows (entry), -1: it comes before (exit). */
  direction: 1 | -1;
  /** How much context and source have in common there, 0..1. */
  agreement: number;
}

/**
 * Brings the beginning of a joined fill to the timbre that should follow its context: for each mel band
 *
 *   wanted = context + kept · (source after its own seam - source before it),   all in dB.
 *
 * So what the music does at that moment stays; what goes are the differences between context and source, and what the join
 * itself added. A change of more than an ordinary jump, such as a drum stroke, is believed the more, up to a large one, the
 * better context and source agree; what is beyond that is kept only in part, unless the source is a repeat. A stroke that
 * the context itself has begun is hardly softened. Nothing is done where the source's surroundings are not known, or the
 * gap is too short. All channels of `fills` are changed alike, in place.
 */
export function matchTimbre(
  recording: Recording,
  fills: readonly Float32Array[],
  { at, lag, direction, agreement }: JoinedSeam,
  { ordinaryDb, largeDb }: UsualJumps,
): void {
  const { channels, sampleRate, gap } = recording;
  const size = nearestFftSize(WINDOW_SECONDS * sampleRate);
  const side = Math.max(size, Math.round(SIDE_SECONDS * sampleRate));
  if (gap.end - gap.start < 2 * side) return;
  /** Where the stretch beside `seam` begins that lies towards the gap (1) or away from it (-1). */
  const beginOf = (seam: number, towards: 1 | -1) => (towards === direction ? seam : seam - side);
  const stretches = [beginOf(at, -1), beginOf(at - lag, -1), beginOf(at - lag, 1)] as const;
  if (!stretches.every((from) => isKnownSpan(recording, from, from + side))) return;
  const bands = melBands(size, sampleRate);
  const spectrum = createPowerSpectrum(size);
  const [context, before, after] = stretches.map((from) => bandLevels(channels, from, side, size, bands, spectrum));
  const own = bandLevels(fills, beginOf(at - gap.start, 1), side, size, bands, spectrum);
  if (context === undefined || before === undefined || after === undefined) return;
  const change = after.map((level, band) => level - (before[band] as number));
  const believedDb = ordinaryDb + agreement * (largeDb - ordinaryDb);
  const ordinaryPart = Math.min(1, believedDb / Math.max(rms(change), 1e-9));
  const kept = ordinaryPart + (1 - ordinaryPart) * Math.max(0, (agreement - UNLIKE) / (1 - UNLIKE));
  /** By how much the source is louder than the context already before its own seam. */
  const surplusDb = before.map((level, band) => level - (context[band] as number));
  const middleHz = ({ firstBin, weights }: Band) => ((firstBin + (weights.length - 1) / 2) * sampleRate) / size;
  const isHiss = bands.map((band) => middleHz(band) > HISS_HZ);
  const reached = levelsAt(channels, at, direction, size, bands, spectrum);
  const gainsDb = own.map((level, band) => {
    const usual = context[band] as number;
    const wanted = usual + kept * (change[band] as number);
    const hasBegun = isHiss[band] && (reached[band] as number) - usual >= BEGUN_DB;
    const mostCut = Math.max(MAX_GAIN_DB, Math.min(MAX_SURPLUS_DB, surplusDb[band] as number));
    const lowest = -(hasBegun ? MAX_CUT_OF_BEGUN_DB : mostCut);
    return Math.max(lowest, Math.min(MAX_GAIN_DB, wanted - level));
  });
  const hold = HOLD_SECONDS * sampleRate;
  const fade = Math.min(FADE_SECONDS * sampleRate, (gap.end - gap.start) / 2);
  const weightAt = (distance: number) =>
    distance < hold ? 1 : Math.cos((Math.PI / 2) * Math.min(1, (distance - hold) / (fade - hold))) ** 2;
  const isTick = gainsDb.map((gain, i) =>
    isHiss[i] && gain < 0 && (own[i] as number) - (reached[i] as number) > MAX_GAIN_DB ? 1 : 0,
  );
  for (const sudden of [false, true]) {
    if (sudden && !isTick.includes(1)) continue;
    const partDb = gainsDb.map((gain, band) => ((isTick[band] === 1) === sudden ? gain : 0));
    const setIn = (sudden ? SUDDEN_SET_IN_SECONDS : SET_IN_SECONDS) * sampleRate;
    fills.forEach((fill, channel) => {
      const beside = direction === 1 ? at - size : at;
      const context = (channels[channel] as Float32Array).subarray(beside, beside + size);
      applyBandGains(fill, context, { bands, gainsDb: partDb, size, direction, length: fade, setIn, weightAt });
    });
  }
}

/** Mean level of each band in dB over a stretch, power summed over channels. */
function bandLevels(
  channels: readonly Float32Array[],
  from: number,
  length: number,
  size: number,
  bands: readonly Band[],
  addPower: PowerSpectrum,
): Float64Array {
  const levels = new Float64Array(bands.length);
  const power = new Float64Array(size / 2 + 1);
  const hop = size / 4;
  const count = Math.floor((length - size) / hop) + 1;
  for (let frame = 0; frame < count; frame++) {
    power.fill(0);
    for (let channel = 0; channel < channels.length; channel += 2) {
      addPower(channels[channel] as Float32Array, channels[channel + 1], from + frame * hop, power);
    }
    for (const [band, { firstBin, weights }] of bands.entries()) {
      let sum = SILENCE * size;
      for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (power[firstBin + i] as number);
      levels[band] = (levels[band] as number) + (10 * Math.log10(sum)) / count;
    }
  }
  return levels;
}

/**
 * What hisses on a seam's outer side at the seam itself: levels of a window on it, whose inner half is the outer one turned
 * about the last sample, so that the last milliseconds count most and a tone is neither broken nor bent.
 */
function levelsAt(
  channels: readonly Float32Array[],
  seam: number,
  direction: 1 | -1,
  size: number,
  bands: readonly Band[],
  addPower: PowerSpectrum,
): Float64Array {
  const last = direction === 1 ? seam - 1 : seam;
  const turned = channels.map((samples) =>
    Float32Array.from({ length: size }, (_, n) => {
      const outside = samples[last - direction * Math.abs(n - size / 2)] as number;
      return n <= size / 2 ? outside : 2 * (samples[last] as number) - outside;
    }),
  );
  return bandLevels(turned, 0, size, size, bands, addPower);
}

function rms(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
