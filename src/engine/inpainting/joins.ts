import { align, correlate } from "./alignment.js";
import { ALIGNMENT_REACH_SECONDS, type SeamFit } from "./candidates.js";
import type { Features } from "./features.js";
import type { FrameDistance } from "./frame-distance.js";
import {
  CROSSFADE_SECONDS,
  canGlide,
  entryCorrelation,
  exitCorrelation,
  NEGLIGIBLE_CORRELATION,
  placeMicroJump,
} from "./micro-jump.js";
import { JOIN_MARGIN_SECONDS, jumpDistance } from "./path-problem.js";
import type { Plan } from "./plans.js";
import { isKnownSpan, type Recording } from "./recording.js";

/** A span of the result read as out[t] = x[t - lag]; the lag glides linearly from start to end where they differ. */
export interface Segment {
  start: number;
  end: number;
  startLag: number;
  endLag: number;
  /** Correlation of the two sources at this segment's beginning; 1 at the gap's entry. Sets the crossfade's law. */
  correlation: number;
}

/** A jump may move this far from its grid place to where it is heard least. */
const PLACEMENT_SECONDS = 0.3;
const JUMP_CONTEXT_SECONDS = 0.07;
/** An onset exactly at the jump counts like this much distance. */
const ONSET_WEIGHT = 0.5;
/** Half the largest glide, where there is room. */
const PREFERRED_GLIDE = 0.001;

/** Settles where each jump of a plan happens and every lag to the sample. */
export function placeJoins(recording: Recording, features: Features, distance: FrameDistance, plan: Plan): Segment[] {
  const segments: Segment[] = [];
  plan.segments.forEach(({ candidate, start, end }, i) => {
    const isLast = i === plan.segments.length - 1;
    const nominal = candidate.lagFrames * features.hop;
    const exit = isLast && recording.gap.end < recording.gap.total ? candidate.exit : null;
    const previous = segments[i - 1];
    if (previous === undefined) {
      const entry = recording.gap.start > 0 ? candidate.entry : null;
      const startLag = entry?.lagSamples ?? exit?.lagSamples ?? nominal;
      segments.push({ start, end, startLag, endLag: startLag, correlation: 1 });
    } else {
      const target = exit?.lagSamples ?? nominal;
      const room = plan.segments[i - 1];
      const join = placeJump(recording, features, distance, previous.endLag, target, start, room?.start ?? start, end);
      previous.end = join.at;
      const startLag = target + join.shift;
      segments.push({ start: join.at, end, startLag, endLag: startLag, correlation: join.correlation });
    }
    if (exit !== null) segments.push(...meetExit(recording, features.hop, segments, exit));
  });
  return segments;
}

interface Jump {
  at: number;
  shift: number;
  correlation: number;
}

/** The least noticeable place and shift for a change from lag `from` to lag `to` near `grid`. */
function placeJump(
  recording: Recording,
  features: Features,
  distance: FrameDistance,
  from: number,
  to: number,
  grid: number,
  earliest: number,
  latest: number,
): Jump {
  const { channels, sampleRate } = recording;
  const { hop, onset } = features;
  const reach = Math.round((JUMP_CONTEXT_SECONDS * sampleRate) / hop);
  const spread = Math.round((PLACEMENT_SECONDS * sampleRate) / hop);
  const margin = Math.round(JOIN_MARGIN_SECONDS * sampleRate);
  const places: { at: number; cost: number }[] = [];
  for (let offset = -spread; offset <= spread; offset++) {
    const at = grid + offset * hop;
    if (at < earliest + 2 * margin || at > latest - 2 * margin) continue;
    const reachable =
      isKnownSpan(recording, Math.min(at, grid) - from - margin, at - from + margin) &&
      isKnownSpan(recording, at - to - margin, Math.max(at, grid) - to + margin);
    if (!reachable) continue;
    const a = Math.round((at - from) / hop);
    const b = Math.round((at - to) / hop);
    const sudden = ((onset[a] ?? 0) + (onset[b] ?? 0)) / 20;
    places.push({ at, cost: jumpDistance(features, distance, a, b, reach, 2) + ONSET_WEIGHT * sudden });
  }
  places.sort((a, b) => a.cost - b.cost || a.at - b.at);
  if (places.length === 0) places.push({ at: grid, cost: 0 });
  const length = Math.round(CROSSFADE_SECONDS * sampleRate);
  let best: Jump | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const { at, cost } of places.slice(0, 5)) {
    const source = at - to - (length >> 1);
    const reachSamples = Math.round(ALIGNMENT_REACH_SECONDS * sampleRate);
    const { shift, correlation } = align(channels, at - from - (length >> 1), source, length, reachSamples);
    const score = cost + 0.5 * (1 - correlation);
    if (score < bestScore) {
      bestScore = score;
      best = { at, shift, correlation };
    }
  }
  return best ?? { at: grid, shift: 0, correlation: 0 };
}

/**
 * Makes the last segment end on the exit's own lag. Exact repeats are rarely sample-exact, so the lags of its two ends
 * differ by a fraction of a millisecond: then one of them serves both, or the lag glides towards the end, or a
 * micro-jump is made where the two agree best (the segment that has to be added is returned).
 */
function meetExit(recording: Recording, hop: number, segments: readonly Segment[], exit: SeamFit): Segment[] {
  const segment = segments[segments.length - 1];
  if (segment === undefined || segment.startLag === exit.lagSamples) return [];
  const { channels, sampleRate } = recording;
  const startLag = segment.startLag;
  const endLag = exit.lagSamples;
  const previous = segments[segments.length - 2];
  const startAt = (lag: number) => {
    if (previous === undefined) return entryCorrelation(recording, lag);
    const length = Math.round(CROSSFADE_SECONDS * sampleRate);
    const from = segment.start - (length >> 1);
    return correlate(channels, from - previous.endLag, from - lag, length);
  };
  const lossAtStart = startAt(startLag) - startAt(endLag);
  const lossAtEnd = exitCorrelation(recording, endLag) - exitCorrelation(recording, startLag);
  if (Math.min(lossAtStart, lossAtEnd) < NEGLIGIBLE_CORRELATION) {
    const lag = lossAtStart < lossAtEnd ? endLag : startLag;
    segment.startLag = lag;
    segment.endLag = lag;
    return [];
  }
  if (canGlide(startLag, endLag, segment.end - segment.start)) {
    const at = Math.max(segment.start, segment.end - Math.ceil(Math.abs(endLag - startLag) / PREFERRED_GLIDE));
    if (at === segment.start) {
      segment.endLag = endLag;
      return [];
    }
    const gliding = { start: at, end: segment.end, startLag, endLag, correlation: 1 };
    segment.end = at;
    return [gliding];
  }
  const { at, correlation } = placeMicroJump(recording, hop, segment, endLag);
  const added = { start: at, end: segment.end, startLag: endLag, endLag, correlation };
  segment.end = at;
  return [added];
}
