import { align } from "./alignment.js";
import type { Features } from "./features.js";
import type { LagCosts, Seam } from "./lag-costs.js";
import { createLevels, type LevelBetween, levelStepDb, seamGainDb } from "./level.js";
import { isKnownSpan, type Recording } from "./recording.js";
import { createSeamJump, type SeamJump } from "./seam-jump.js";

/** How one lag joins at one seam. */
export interface SeamFit {
  /** Feature cost, plus what the samples' disagreement and a conspicuous seam add. */
  cost: number;
  /** The lag in samples at which the waveforms agree best. */
  lagSamples: number;
  correlation: number;
}

/** A lag the fill may read with: out[t] = x[t - lag]. A missing fit means the lag cannot be used at that seam. */
export interface Candidate {
  lagFrames: number;
  entry: SeamFit | null;
  exit: SeamFit | null;
}

const BEST_OF_EACH = 36;
const MAX_CANDIDATES = 220;
const MAX_MULTIPLES = 80;
/** A gap that takes more of the clip than this may need passages between those that fit its seams. */
const LONG_GAP_SHARE = 1 / 3;
/** Two minima closer than this are the same one. */
const SEPARATION_SECONDS = 0.1;
const ALIGNMENT_SECONDS = 0.12;
export const ALIGNMENT_REACH_SECONDS = 0.019;
/** Of a waveform correlation's distance from 1. */
export const DISAGREEMENT_WEIGHT = 0.4;
/** Weight of the spectral jump's squared rank, less its mean over ordinary places, so that those cost nothing. */
const JUMP_WEIGHT = 0.5;
const ORDINARY_JUMP = 1 / 3;
/** Extra weight of a jump among the recording's largest tenth, growing to this at the very largest. */
const BREAK_WEIGHT = 0.25;
/** Loudness steps by a few dB anyway; what is beyond costs this much per dB. */
const TOLERATED_STEP_DB = 3;
const STEP_COST_PER_DB = 0.05;

export interface SeamCosts {
  entry: LagCosts | null;
  exit: LagCosts | null;
}

/**
 * The lags worth considering: the best local minima at the entry, at the exit and for both seams at once, plus
 * multiples of `barSeconds` when the gap is long compared with the clip. Each is aligned to the sample at both seams.
 */
export function chooseCandidates(
  recording: Recording,
  features: Features,
  costs: SeamCosts,
  barSeconds: number,
): Candidate[] {
  const { gap, sampleRate } = recording;
  const { hop } = features;
  const range = Math.floor(gap.total / hop) + 1;
  const separation = Math.max(1, Math.round((SEPARATION_SECONDS * sampleRate) / hop));
  const atEntry = (lag: number) => costAt(costs.entry, lag);
  const atExit = (lag: number) => costAt(costs.exit, lag);
  const atBoth = (lag: number) => {
    if (Math.abs(lag * hop) < gap.end - gap.start) return Number.POSITIVE_INFINITY;
    return (costs.entry === null ? 0 : atEntry(lag)) + (costs.exit === null ? 0 : atExit(lag));
  };
  const lags = new Set<number>();
  for (const cost of [atBoth, atEntry, atExit]) {
    for (const lag of localMinima(cost, range, separation)) lags.add(lag);
  }
  if (gap.end - gap.start > LONG_GAP_SHARE * gap.total) {
    const best = localMinima(costs.entry === null ? atExit : atEntry, range, separation).slice(0, 3);
    for (const unit of [(barSeconds * sampleRate) / hop, ...best.map(Math.abs)]) {
      for (const lag of multiples(unit, recording, hop)) if (lags.size < MAX_CANDIDATES) lags.add(lag);
    }
  }
  const entryJump = createSeamJump(recording, features, "entry");
  const exitJump = createSeamJump(recording, features, "exit");
  const levels = createLevels(recording, hop);
  return [...lags].map((lagFrames) => ({
    lagFrames,
    entry: fitSeam(recording, "entry", lagFrames * hop, atEntry(lagFrames), entryJump, levels),
    exit: fitSeam(recording, "exit", lagFrames * hop, atExit(lagFrames), exitJump, levels),
  }));
}

/**
 * Multiples of a period that can supply some part of the gap, at most 80: when there are more, every second, third …
 * one. Each is rounded on its own, so the last is as exact as the first.
 */
function multiples(unit: number, { gap }: Recording, hop: number): number[] {
  const before = gap.start > 0 ? gap.end / hop : 0;
  const after = gap.end < gap.total ? (gap.total - gap.start) / hop : 0;
  const stride = Math.ceil((before + after) / unit / MAX_MULTIPLES);
  const found: number[] = [];
  for (let lag = unit * stride; lag < Math.max(before, after); lag += unit * stride) {
    if (lag < before) found.push(Math.round(lag));
    if (lag < after) found.push(-Math.round(lag));
  }
  return found;
}

function costAt(costs: LagCosts | null, lag: number): number {
  return costs?.costs[lag + costs.origin] ?? Number.POSITIVE_INFINITY;
}

/** The lags of least cost among those not above any neighbour within `separation`, best first. */
function localMinima(cost: (lag: number) => number, range: number, separation: number): number[] {
  const found: { lag: number; value: number }[] = [];
  for (let lag = -range; lag <= range; lag++) {
    const value = cost(lag);
    if (!Number.isFinite(value)) continue;
    let lowest = true;
    for (let other = lag - separation; other <= lag + separation && lowest; other++) {
      const neighbour = cost(other);
      lowest = value < neighbour || (value === neighbour && lag <= other);
    }
    if (lowest) found.push({ lag, value });
  }
  found.sort((a, b) => a.value - b.value || Math.abs(a.lag) - Math.abs(b.lag) || a.lag - b.lag);
  return found.slice(0, BEST_OF_EACH).map(({ lag }) => lag);
}

/**
 * Aligns 120 ms of known context beside the seam with the same stretch of the source, and adds up what will be heard: with
 * the correlation c reached, the foretold spectral jump's rank r and the step in loudness s dB,
 *
 *   cost = cost(lag) + 0.4 (1 - c) + 0.5 (r² - 1/3) + 0.25 max(0, 10 r - 9)² + 0.05 max(0, |s| - 3).
 */
function fitSeam(
  recording: Recording,
  seam: Seam,
  lag: number,
  cost: number,
  jump: SeamJump,
  levels: LevelBetween,
): SeamFit | null {
  if (!Number.isFinite(cost)) return null;
  const { channels, sampleRate, gap } = recording;
  const at = seam === "entry" ? gap.start : gap.end;
  const available = seam === "entry" ? gap.start : gap.total - gap.end;
  const length = Math.min(available, Math.round(ALIGNMENT_SECONDS * sampleRate));
  const reference = seam === "entry" ? at - length : at;
  let reach = Math.round(ALIGNMENT_REACH_SECONDS * sampleRate);
  if (!isKnownSpan(recording, reference - lag - reach, reference - lag + length + reach)) reach = 0;
  const { shift, correlation } = align(channels, reference, reference - lag, length, reach);
  const lagSamples = lag + shift;
  const direction = seam === "entry" ? -1 : 1;
  const gainDb = seamGainDb(recording, at, lagSamples, direction);
  const step = Math.abs(levelStepDb(recording, levels, at, lagSamples, direction, gainDb));
  const rank = jump(at - lagSamples, gainDb);
  const surprise = JUMP_WEIGHT * (rank ** 2 - ORDINARY_JUMP) + BREAK_WEIGHT * Math.max(0, 10 * rank - 9) ** 2;
  const louder = STEP_COST_PER_DB * Math.max(0, step - TOLERATED_STEP_DB);
  return { cost: cost + DISAGREEMENT_WEIGHT * (1 - correlation) + surprise + louder, lagSamples, correlation };
}
