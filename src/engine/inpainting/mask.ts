import { AudioError, type AudioErrorType } from "./audio-error.js";
import { maxClipFrames } from "./decoded-audio.js";

/** What is to be filled, in sample frames of the source's rate. */
export interface FillSpan {
  /** First and one past the last frame of the fill. */
  start: number;
  end: number;
  /** Length of the result: more than the clip (extension), or less (trim). */
  total: number;
}

export interface MaskRequest {
  maskStartSeconds: number;
  maskEndSeconds: number;
  /** null: the clip's own length. */
  totalSeconds: number | null;
}

/** A total within this of the clip's length means "the clip": callers send whole seconds. */
const SAME_LENGTH_SECONDS = 1;
/** Less known audio than this cannot serve as material. */
const MIN_KNOWN_SECONDS = 0.1;

/**
 * Turns a request into a span of frames. `totalSeconds` a second or more beyond the clip extends it, and then the
 * mask must cover the added span; a second or more below trims. A mask end beyond the result means its end.
 */
export function resolveMask(
  request: MaskRequest,
  clipFrames: number,
  sampleRate: number,
  channelCount: number,
): FillSpan {
  const { maskStartSeconds, maskEndSeconds } = request;
  requireFinite("mask_start", maskStartSeconds);
  requireFinite("mask_end", maskEndSeconds);
  if (maskStartSeconds < 0) {
    throw refusal("greater_than_equal", "mask_start", `Expected a mask start of 0 or more, got ${maskStartSeconds}.`, {
      ge: 0,
    });
  }
  if (maskEndSeconds <= maskStartSeconds) {
    throw refusal(
      "greater_than",
      "mask_end",
      `Expected a mask end after the mask start (${maskStartSeconds} s), got ${maskEndSeconds} s.`,
      { gt: maskStartSeconds },
    );
  }
  const total = resolveTotal(request.totalSeconds, clipFrames, sampleRate, channelCount);
  const totalSeconds = round(total / sampleRate);
  const start = Math.round(maskStartSeconds * sampleRate);
  if (start >= total) {
    throw refusal(
      "less_than",
      "mask_start",
      `Expected a mask start before the end of the audio (${totalSeconds} s), got ${maskStartSeconds} s.`,
      { lt: totalSeconds },
    );
  }
  const end = Math.min(total, Math.round(maskEndSeconds * sampleRate));
  requireCovered({ start, end, total }, clipFrames, sampleRate);
  const known = start + Math.max(0, Math.min(clipFrames, total) - end);
  if (known < MIN_KNOWN_SECONDS * sampleRate) {
    throw refusal(
      "value_error",
      "mask_end",
      "The mask covers the whole clip: nothing is left to fill it from. Leave a part of the clip outside the mask.",
    );
  }
  return { start, end, total };
}

function resolveTotal(
  totalSeconds: number | null,
  clipFrames: number,
  sampleRate: number,
  channelCount: number,
): number {
  if (totalSeconds === null) return clipFrames;
  requireFinite("seconds_total", totalSeconds);
  if (totalSeconds <= 0) {
    throw refusal("greater_than", "seconds_total", `Expected a total of more than 0 s, got ${totalSeconds} s.`, {
      gt: 0,
    });
  }
  const limitSeconds = maxClipFrames(sampleRate, channelCount) / sampleRate;
  if (totalSeconds > limitSeconds) {
    throw refusal(
      "less_than_equal",
      "seconds_total",
      `Expected a total of at most ${limitSeconds} s at this rate and channel count, got ${totalSeconds} s.`,
      { le: limitSeconds },
    );
  }
  const requested = Math.round(totalSeconds * sampleRate);
  return Math.abs(requested - clipFrames) < SAME_LENGTH_SECONDS * sampleRate ? clipFrames : requested;
}

/** What lies beyond the clip does not exist yet: all of it has to be filled. */
function requireCovered({ start, end, total }: FillSpan, clipFrames: number, sampleRate: number): void {
  if (total <= clipFrames || (start <= clipFrames && end >= total)) return;
  const clipSeconds = round(clipFrames / sampleRate);
  const totalSeconds = round(total / sampleRate);
  throw refusal(
    "value_error",
    "mask_end",
    `The audio ends at ${clipSeconds} s and is to become ${totalSeconds} s long: the mask must cover the added span, from ${clipSeconds} s or before to ${totalSeconds} s; it covers ${round(start / sampleRate)} s to ${round(end / sampleRate)} s.`,
  );
}

function requireFinite(field: string, value: number): void {
  if (!Number.isFinite(value)) throw refusal("value_error", field, `Expected a number of seconds, got ${value}.`);
}

function refusal(type: AudioErrorType, field: string, message: string, ctx: Record<string, unknown> = {}): AudioError {
  return new AudioError(type, ["body", field], message, ctx);
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
