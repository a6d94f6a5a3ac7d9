import type { ClipReport } from "../preflight/clip-inspector.js";
import type { ClipLength } from "../preflight/clip-length.js";
import type { SubmitInput, UserFault } from "../services.js";
import { RANGES } from "./check-input.js";

/** How long a clip may be: fal's documented range, and the embedded engine's own. */
const CLIP_SECONDS = {
  FAL: { from: 6, to: 190, who: "fal wants" },
  LOCAL: { from: 1, to: 600, who: "the engine takes" },
} as const;

/** So near to a limit the length is not certain: the engine's own decoder decides. */
const TOLERANCE_SECONDS = 0.1;
const MAX_TOTAL_SECONDS = RANGES.secondsTotal.to;

export interface CheckedClip {
  readonly faults: readonly UserFault[];
  /** The length of the result where it is known: what the caller said, else the clip's, rounded up to whole seconds. */
  readonly secondsTotal: number | null;
}

/** What a look at the clip says of a submission, with the actual figures. */
export function checkClip(report: ClipReport, input: SubmitInput, engine: keyof typeof CLIP_SECONDS): CheckedClip {
  const { secondsTotal } = input;
  if (!report.usable) {
    const message = `The audio URL ${report.reason}. Give the direct address of an audio file, or upload it with createAudioUpload.`;
    return { faults: [{ code: "AUDIO_INVALID", field: ["audioUrl"], message }], secondsTotal };
  }
  if (report.length === null) return { faults: [], secondsTotal };
  const faults = checkLength(report.length, engine);
  if (secondsTotal !== null) return { faults, secondsTotal };
  const total = wholeSeconds(report.length);
  // fal takes no longer clip; the engine takes one whole when no total is named.
  const sent = total <= MAX_TOTAL_SECONDS ? total : engine === "FAL" ? MAX_TOTAL_SECONDS : null;
  return { faults: [...faults, ...checkMask(input, report.length, total)], secondsTotal: sent };
}

/** Rounded up, but not by an encoder's padding: a clip of 30 s must not become one of 31. */
function wholeSeconds({ seconds, paddingSeconds }: ClipLength): number {
  return Math.max(1, Math.ceil(seconds - Math.max(paddingSeconds, 0.001)));
}

function checkLength({ seconds }: ClipLength, engine: keyof typeof CLIP_SECONDS): UserFault[] {
  const { from, to, who } = CLIP_SECONDS[engine];
  if (seconds >= from - TOLERANCE_SECONDS && seconds <= to + TOLERANCE_SECONDS) return [];
  const advice = seconds < from ? "Send a longer one." : "Cut it.";
  const message = `Your clip is ${shown(seconds)} s long; ${who} ${from} to ${to} s. ${advice}`;
  return [{ code: "AUDIO_INVALID", field: ["audioUrl"], message }];
}

function checkMask({ maskStart }: SubmitInput, { seconds }: ClipLength, total: number): UserFault[] {
  if (maskStart < total) return [];
  const example = `maskStart: ${Math.floor(total / 3)}, maskEnd: ${Math.ceil((total * 2) / 3)}`;
  const message = `The mask starts at ${maskStart} s, but your clip is ${shown(seconds)} s long. Name the span to be made anew within it, e.g. ${example}, or a secondsTotal that extends it.`;
  return [{ code: "MASK_INVALID", field: ["maskStart"], message }];
}

function shown(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
