/** The span that is generated anew, in whole seconds: the model takes nothing finer. */
export interface Mask {
  readonly start: number;
  readonly end: number;
}

/** The middle third, at least a second. */
export function middleThird(totalSeconds: number): Mask {
  const start = Math.floor(totalSeconds / 3);
  return { start, end: Math.max(start + 1, Math.round((totalSeconds * 2) / 3)) };
}

/** The last whole second a mask may end at: a started second counts, and means the end. */
export function lastSecond(totalSeconds: number): number {
  return Math.max(1, Math.ceil(totalSeconds - 0.001));
}

/** Moves the start, as far as it may go before the end. */
export function withStart(mask: Mask, start: number): Mask {
  return { ...mask, start: clamp(Math.round(start), 0, mask.end - 1) };
}

/** Moves the end, as far as it may go behind the start. */
export function withEnd(mask: Mask, end: number, totalSeconds: number): Mask {
  return { ...mask, end: clamp(Math.round(end), mask.start + 1, lastSecond(totalSeconds)) };
}

/** Moves the whole mask and keeps its length. */
export function moved(mask: Mask, seconds: number, totalSeconds: number): Mask {
  const by = clamp(Math.round(seconds), -mask.start, lastSecond(totalSeconds) - mask.end);
  return { start: mask.start + by, end: mask.end + by };
}

/** The mask between two places in any order, snapped to whole seconds. */
export function between(one: number, other: number, totalSeconds: number): Mask {
  const last = lastSecond(totalSeconds);
  const start = clamp(Math.floor(Math.min(one, other)), 0, last - 1);
  return { start, end: clamp(Math.ceil(Math.max(one, other)), start + 1, last) };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
