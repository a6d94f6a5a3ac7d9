import type { Segment } from "./joins.js";
import { describeMatch } from "./match-words.js";
import type { Plan } from "./plans.js";
import type { Recording } from "./recording.js";
import type { Fill } from "./render.js";
import type { SelfTest } from "./self-test.js";
import { hasClearBeat, type Tempo } from "./tempo.js";

/** More passages than this are not named. */
const LISTED_SEGMENTS = 6;
/** Less than this heard twice is not named. */
const NOTED_REPEAT_SECONDS = 0.5;

export function describeTempo(tempo: Tempo): string {
  const { clarity, beatsPerMinute } = tempo;
  return hasClearBeat(tempo)
    ? `tempo ${beatsPerMinute.toFixed(1)} bpm, clarity ${clarity.toFixed(2)}`
    : `no clear beat (clarity ${clarity.toFixed(2)})`;
}

export function describeSelfTest({ count, seconds, inside }: SelfTest): string {
  if (count === 0) return "self-test left out: too little is known to hide a part of it";
  const stretches = `${count} hidden stretch${count === 1 ? "" : "es"} of ${seconds.toFixed(1)} s`;
  return `self-test: ${stretches} met with distance ${inside.toFixed(2)} on average (0 = the same, 1 = unrelated)`;
}

/** `index`: of the plan taken among those found. */
export function describeChoice(
  { searchEffort, seed }: { searchEffort: number; seed: bigint },
  found: number,
  index: number,
  score: number,
): string {
  const plans = `search effort ${searchEffort} (num_inference_steps) found ${found} plan${found === 1 ? "" : "s"}`;
  return `${plans}, seed ${seed} took plan ${index + 1}, match ${score.toFixed(2)} (${describeMatch(score)})`;
}

export function describeFill(
  { gap, sampleRate }: Recording,
  plan: Plan,
  segments: readonly Segment[],
  fill: Fill,
  repeatedSeconds: number,
): string {
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
  const repeats = repeatedSeconds >= NOTED_REPEAT_SECONDS ? `, ${repeatedSeconds.toFixed(1)} s of it twice` : "";
  return `rendered ${count} from ${sources.join(", ")}${repeats}, seam correlation ${correlations}, gain ${gains}`;
}
