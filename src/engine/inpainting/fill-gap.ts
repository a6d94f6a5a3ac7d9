import { addBeatCosts } from "./beat-agreement.js";
import { chooseCandidates } from "./candidates.js";
import { extractFeatures, type Features } from "./features.js";
import { createFrameDistance, type FrameDistance, UNKNOWN_DISTANCE } from "./frame-distance.js";
import { placeJoins, type Segment } from "./joins.js";
import { computeLagCosts, type Seam } from "./lag-costs.js";
import { MAX_GAIN_DB } from "./level.js";
import { matchScore } from "./match-score.js";
import { describeMatch, NOTHING_SIMILAR } from "./match-words.js";
import { mirrorFill } from "./mirror.js";
import { createPathProblem } from "./path-problem.js";
import { choosePlan, type Plan, rankPlans } from "./plans.js";
import type { InpaintReport } from "./progress.js";
import { createRandom } from "./random.js";
import type { Recording } from "./recording.js";
import { type Fill, renderFill } from "./render.js";
import { usualJumps } from "./seam-jump.js";
import { type SelfTest, selfTest } from "./self-test.js";
import { estimateTempo, type Tempo } from "./tempo.js";

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
}

/** Passages closer than this are the context itself; relaxed step by step when the known part is tiny. */
const MINIMUM_LAGS_SECONDS = [1, 0.25, 0.03];
/** Jumps happen on this grid when there is no clear beat. */
const FREE_STEP_SECONDS = 0.25;
const CLEAR_BEAT = 0.2;
/** More passages than this are not named in the log. */
const LISTED_SEGMENTS = 6;

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
    return { channels: mirrorFill(recording), matchScore: UNKNOWN_DISTANCE };
  }
  const test = selfTest(recording, features, distance);
  report({ progress: 0.74, message: describeSelfTest(test), level: "INFO" });
  const score = matchScore(recording, features, distance, plan, test);
  const level = score >= NOTHING_SIMILAR ? "WARN" : "INFO";
  report({ progress: 0.75, message: describeChoice(choice, plans.length, index, score), level });
  const segments = placeJoins(recording, features, distance, plan);
  const fill = renderFill(recording, segments, usualJumps(recording, features));
  report({ progress: 0.9, message: describeFill(recording, plan, segments, fill), level: "INFO" });
  if (Math.max(Math.abs(fill.entryGainDb), Math.abs(fill.exitGainDb)) >= MAX_GAIN_DB) {
    const message = `the source's level differs by more than ${MAX_GAIN_DB} dB; a change in loudness may be heard`;
    report({ progress: 0.9, message, level: "WARN" });
  }
  return { channels: fill.channels, matchScore: score };
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
  const beatIsClear = tempo.clarity >= CLEAR_BEAT;
  const stepSeconds = beatIsClear ? tempo.beatSeconds / 2 : FREE_STEP_SECONDS;
  for (const minimumLagSeconds of MINIMUM_LAGS_SECONDS) {
    const costsAt = (seam: Seam) => {
      const costs = computeLagCosts(recording, features, distance, seam, minimumLagSeconds);
      return beatIsClear ? addBeatCosts(costs, recording, features, seam, tempo) : costs;
    };
    const costs = {
      entry: gap.start > 0 ? costsAt("entry") : null,
      exit: gap.end < gap.total ? costsAt("exit") : null,
    };
    report({ progress: 0.65, message: `compared ${2 * features.frameCount} offsets`, level: "INFO" });
    const candidates = chooseCandidates(recording, features, costs, tempo.beatSeconds * 4);
    report({ progress: 0.7, message: `aligned ${candidates.length} candidates`, level: "INFO" });
    const problem = createPathProblem(recording, features, distance, candidates, stepSeconds);
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

function describeTempo({ clarity, beatsPerMinute }: Tempo): string {
  return clarity >= CLEAR_BEAT
    ? `tempo ${beatsPerMinute.toFixed(1)} bpm, clarity ${clarity.toFixed(2)}`
    : `no clear beat (clarity ${clarity.toFixed(2)})`;
}

function describeSelfTest({ count, seconds, inside }: SelfTest): string {
  if (count === 0) return "self-test left out: too little is known to hide a part of it";
  const stretches = `${count} hidden stretch${count === 1 ? "" : "es"} of ${seconds.toFixed(1)} s`;
  return `self-test: ${stretches} met with distance ${inside.toFixed(2)} on average (0 = the same, 1 = unrelated)`;
}

function describeChoice({ searchEffort, seed }: FillChoice, found: number, index: number, score: number): string {
  const plans = `search effort ${searchEffort} (num_inference_steps) found ${found} plan${found === 1 ? "" : "s"}`;
  return `${plans}, seed ${seed} took plan ${index + 1}, match ${score.toFixed(2)} (${describeMatch(score)})`;
}

function describeFill({ gap, sampleRate }: Recording, plan: Plan, segments: readonly Segment[], fill: Fill): string {
  const seconds = (samples: number) => (samples / sampleRate).toFixed(1);
  const sources = segments
    .slice(0, LISTED_SEGMENTS)
    .map(({ start, end, startLag }) => `${seconds(start - startLag)}-${seconds(end - startLag)} s`);
  if (segments.length > LISTED_SEGMENTS) sources.push("…");
  const entry = gap.start > 0 ? plan.segments[0]?.candidate.entry : undefined;
  const exit = gap.end < gap.total ? plan.segments.at(-1)?.candidate.exit : undefined;
  const correlations = [entry, exit].map((fit) => fit?.correlation.toFixed(2) ?? "-").join(" / ");
  const gains = `${fill.entryGainDb.toFixed(1)} / ${fill.exitGainDb.toFixed(1)} dB`;
  const count = `${segments.length} segment${segments.length === 1 ? "" : "s"}`;
  return `rendered ${count} from ${sources.join(", ")}, seam correlation ${correlations}, gain ${gains}`;
}
