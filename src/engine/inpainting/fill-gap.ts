import { chooseCandidates } from "./candidates.js";
import { extractFeatures } from "./features.js";
import { createFrameDistance } from "./frame-distance.js";
import { placeJoins } from "./joins.js";
import { computeLagCosts } from "./lag-costs.js";
import { describeMatch } from "./match-words.js";
import { mirrorFill } from "./mirror.js";
import { createPathProblem } from "./path-problem.js";
import { choosePlan, type Plan, rankPlans } from "./plans.js";
import type { InpaintReport } from "./progress.js";
import { createRandom } from "./random.js";
import type { Recording } from "./recording.js";
import { renderFill } from "./render.js";
import { estimateTempo } from "./tempo.js";

export interface FillChoice {
  seed: bigint;
  /** How many different takes are built to choose from. */
  searchEffort: number;
  /** A tempo the caller named, in beats per minute. */
  tempoHint: number | null;
}

export interface FilledGap {
  channels: Float32Array[];
  /** 0 = repeats the recording, 1 = unrelated. */
  matchScore: number;
}

/** Passages closer than this are the context itself; relaxed step by step when the known part is tiny. */
const MINIMUM_LAGS_SECONDS = [1, 0.25, 0.03];
/** Jumps happen on this grid when there is no clear beat. */
const FREE_STEP_SECONDS = 0.25;
const CLEAR_BEAT = 0.2;
/** What a fill by mirroring is worth: worse than the dearest path. */
const MIRROR_SCORE = 3;

/** Fills the gap with other passages of the recording. The channels returned are as long as the gap. */
export function fillGap(recording: Recording, choice: FillChoice, report: InpaintReport): FilledGap {
  const { sampleRate, gap } = recording;
  const features = extractFeatures(recording);
  report({ progress: 0.45, message: `features ${features.frameCount} frames`, level: "INFO" });
  const tempo = estimateTempo(features, sampleRate, choice.tempoHint);
  const beatIsClear = tempo.clarity >= CLEAR_BEAT;
  report({
    progress: 0.5,
    message: beatIsClear
      ? `tempo ${tempo.beatsPerMinute.toFixed(1)} bpm, clarity ${tempo.clarity.toFixed(2)}`
      : `no clear beat (clarity ${tempo.clarity.toFixed(2)})`,
    level: "INFO",
  });
  const distance = createFrameDistance(features);
  const stepSeconds = beatIsClear ? tempo.beatSeconds / 2 : FREE_STEP_SECONDS;

  let plans: Plan[] = [];
  for (const minimumLagSeconds of MINIMUM_LAGS_SECONDS) {
    const relaxed = minimumLagSeconds !== MINIMUM_LAGS_SECONDS[0];
    const costsAt = (seam: "entry" | "exit") => computeLagCosts(recording, features, distance, seam, minimumLagSeconds);
    const costs = {
      entry: gap.start > 0 ? costsAt("entry") : null,
      exit: gap.end < gap.total ? costsAt("exit") : null,
    };
    report({ progress: 0.65, message: `compared ${2 * features.frameCount} offsets`, level: "INFO" });
    const candidates = chooseCandidates(recording, features, costs, tempo.beatSeconds * 4);
    report({ progress: 0.7, message: `aligned ${candidates.length} candidates`, level: "INFO" });
    const problem = createPathProblem(recording, features, distance, candidates, stepSeconds);
    plans = rankPlans(problem, candidates, features.hop, sampleRate, choice.searchEffort);
    if (plans.length > 0) {
      if (relaxed) {
        const message = `little known material: passages as close as ${minimumLagSeconds} s were allowed, expect repeats`;
        report({ progress: 0.72, message, level: "WARN" });
      }
      break;
    }
  }
  const index = choosePlan(plans, choice.seed, createRandom(choice.seed));
  const plan = plans[index];
  if (plan === undefined) {
    const message = `${describeMatch(MIRROR_SCORE)}; the known part is played to and fro instead`;
    report({ progress: 0.75, message, level: "WARN" });
    return { channels: mirrorFill(recording), matchScore: MIRROR_SCORE };
  }
  const matchScore = Math.max(0, plan.match);
  report({
    progress: 0.75,
    message: `${plans.length} plans, seed ${choice.seed} took plan ${index + 1}, match ${matchScore.toFixed(2)} (${describeMatch(matchScore)})`,
    level: matchScore > 1.5 ? "WARN" : "INFO",
  });
  const segments = placeJoins(recording, features, distance, plan);
  const fill = renderFill(recording, segments);
  const sources = segments.map(
    ({ start, end, startLag }) =>
      `${((start - startLag) / sampleRate).toFixed(1)}-${((end - startLag) / sampleRate).toFixed(1)} s`,
  );
  report({
    progress: 0.9,
    message: `rendered ${segments.length} segments from ${sources.join(", ")}, gain ${fill.entryGainDb.toFixed(1)} / ${fill.exitGainDb.toFixed(1)} dB`,
    level: "INFO",
  });
  return { channels: fill.channels, matchScore };
}
