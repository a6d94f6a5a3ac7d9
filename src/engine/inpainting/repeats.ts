import type { Segment } from "./joins.js";

/** How much of a fill has been heard in it before, in samples: Σ length of what is read - length of their union. */
export function repeatedSamples(segments: readonly Segment[]): number {
  const sources = segments
    .map(({ start, end, startLag, endLag }) => ({ from: start - startLag, to: end - endLag }))
    .sort((a, b) => a.from - b.from);
  let repeated = 0;
  let heardUpTo = Number.NEGATIVE_INFINITY;
  for (const { from, to } of sources) {
    repeated += Math.max(0, Math.min(to, heardUpTo) - from);
    heardUpTo = Math.max(heardUpTo, to);
  }
  return repeated;
}
