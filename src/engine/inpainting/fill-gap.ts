import { addBeatCosts, createBeatCost } from "./beat-agreement.js";
import { chooseCandidates } from "./candidates.js";
import { extractFeatures, type Features } from "./features.js";
import { createFrameDistance, type FrameDistance, UNKNOWN_DISTANCE } from "./frame-distance.js";
import { placeJoins } from "./joins.js";
import { computeLagCosts, type Seam } from "./lag-costs.js";
import { MAX_GAIN_DB } from "./level.js";
import { describeChoice, describeFill, describeSelfTest, describeTempo } from "./log-lines.js";
import { matchScore } from "./match-score.js";
import { describeMatch, NOTHING_SIMILAR } from "./match-words.js";
import { mirrorFill } from "./mirror.js";
import { createPathProblem } from "./path-problem.js";
import { choosePlan, type Plan, rankPlans } from "./plans.js";
import type { InpaintReport } from "./progress.js";
import { createRandom } from "./random.js";
import type { Recording } from "./recording.js";
import { renderFill } from "./render.js";
import { repeatedSamples } from "./repeats.js";
import { usualJumps } from "./seam-jump.js";
import { selfTest } from "./self-test.js";
import { estimateTempo, hasClearBeat, type Tempo } from "./tempo.js";

export interface FillChoice {
  seed: bigint;
  /** How many different takes are built to choose from. */
  searchEffort: number;
  /** A tempo the caller named, in beats per minute. */
  tempoHint: number | null;
}

export interface FilledGap {
  channels: Float32Array[];
  /** See `matchScore`. */
  matchScore: number;
  /** How much of the fill is heard in it more than once. */
  repeatedSeconds: number;
}

/** Passages closer than this are the context itself; relaxed step by step when the known part is tiny. */
const MINIMUM_LAGS_SECONDS = [1, 0.25, 0.03];
/** Jumps happen on this grid when there is no clear beat. */
const FREE_STEP_SECONDS = 0.25;

/**
 * Fills the gap with other passages of the recording, after Perraudin, Holighaus, Majdak and Balazs ("Inpainting of long
 * audio segments with similarity graphs", 2018): what decides how a fill sounds are its transitions. Here both seams and
 * the length are fixed, so the unknown is a lag per moment, out[t] = x[t - lag(t)], constant but for a few jumps.
 * The channels returned are as long as the gap.
 */
export function fillGap(recording: Recording, choice: FillChoice, report: InpaintReport): FilledGap {
  const features = extractFeatures(recording);
  report({ progress: 0.45, message: `features ${features.frameCount} frames`, level: "INFO" });
  const tempo = estimateTempo(features, recording.sampleRate, choice.tempoHint);
  report({ progress: 0.5, message: describeTempo(tempo), level: "INFO" });
  const distance = createFrameDistance(features);
  const plans = searchPlans(recording, features, distance, tempo, choice.searchEffort, report);
  const index = choosePlan(plans, choice.seed, createRandom(choice.seed));
  const plan = plans[index];
  if (plan === undefined) {
    const message = `${describeMatch(UNKNOWN_DISTANCE)}; the known part is played to and fro instead`;
    report({ progress: 0.75, message, level: "WARN" });
    const { start, end, total } = recording.gap;
    const repeatedSeconds = Math.max(0, 2 * (end - start) - total) / recording.sampleRate;
    return { channels: mirrorFill(recording), matchScore: UNKNOWN_DISTANCE, repeatedSeconds };
  }
  const test = selfTest(recording, features, distance);
  report({ progress: 0.74, message: describeSelfTest(test), level: "INFO" });
  const score = matchScore(recording, features, distance, plan, test);
  const level = score >= NOTHING_SIMILAR ? "WARN" : "INFO";
  report({ progress: 0.75, message: describeChoice(choice, plans.length, index, score), level });
  const segments = placeJoins(recording, features, distance, plan);
  const fill = renderFill(recording, segments, usualJumps(recording, features));
  const repeatedSeconds = repeatedSamples(segments) / recording.sampleRate;
  report({ progress: 0.9, message: describeFill(recording, plan, segments, fill, repeatedSeconds), level: "INFO" });
  if (Math.max(Math.abs(fill.entryGainDb), Math.abs(fill.exitGainDb)) >= MAX_GAIN_DB) {
    const message = `the source's level differs by more than ${MAX_GAIN_DB} dB; a change in loudness may be heard`;
    report({ progress: 0.9, message, level: "WARN" });
  }
  return { channels: fill.channels, matchScore: score, repeatedSeconds };
}

/** Ranked plans; lags ever closer to the context are allowed until there is one, none if nothing covers the gap. */
function searchPlans(
  recording: Recording,
  features: Features,
  distance: FrameDistance,
  tempo: Tempo,
  effort: number,
  report: InpaintReport,
): Plan[] {
  const { gap, sampleRate } = recording;
  const beatIsClear = hasClearBeat(tempo);
  const stepSeconds = beatIsClear ? tempo.beatSeconds / 2 : FREE_STEP_SECONDS;
  const beatCost = beatIsClear ? createBeatCost(features, sampleRate, tempo) : () => 0;
  for (const minimumLagSeconds of MINIMUM_LAGS_SECONDS) {
    const costsAt = (seam: Seam) => {
      const costs = computeLagCosts(recording, features, distance, seam, minimumLagSeconds);
      return beatIsClear ? addBeatCosts(costs, recording, features, seam, tempo) : costs;
    };
    const costs = {
      entry: gap.start > 0 ? costsAt("entry") : null,
      exit: gap.end < gap.total ? costsAt("exit") : null,
    };
    // Named in both lines: fal's protocol tells lines apart by time and text alone, and another try may come in no time.
    const range = `of ${minimumLagSeconds} s and more`;
    report({ progress: 0.65, message: `compared ${2 * features.frameCount} offsets ${range}`, level: "INFO" });
    const candidates = chooseCandidates(recording, features, costs, tempo.beatSeconds * 4);
    report({ progress: 0.7, message: `aligned ${candidates.length} candidates ${range}`, level: "INFO" });
    const problem = createPathProblem(recording, features, distance, candidates, stepSeconds, beatCost);
    const plans = rankPlans(problem, candidates, features.hop, sampleRate, effort);
    if (plans.length === 0) continue;
    if (minimumLagSeconds !== MINIMUM_LAGS_SECONDS[0]) {
      const message = `little known material: passages as close as ${minimumLagSeconds} s were allowed, expect repeats`;
      report({ progress: 0.72, message, level: "WARN" });
    }
    return plans;
  }
  return [];
}
