/** From this score on the log warns. */
export const NOTHING_SIMILAR = 1.5;

/** What a plan's cost means to a listener; the limits come from comparing costs with the missing originals. */
export function describeMatch(score: number): string {
  if (score < 0.35) return "close repeat";
  if (score < 0.8) return "similar passage";
  if (score < NOTHING_SIMILAR) return "loose match";
  return "nothing similar found: expect an audible change";
}
