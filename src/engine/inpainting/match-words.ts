/** From this score on the log warns: what was found is hardly more alike than any other passage. */
export const NOTHING_SIMILAR = 0.9;

/** What a match score means to a listener; the limits come from comparing scores with the missing originals. */
export function describeMatch(score: number): string {
  if (score < 0.4) return "close repeat";
  if (score < 0.65) return "similar passage";
  if (score < NOTHING_SIMILAR) return "loose match";
  return "nothing similar found: expect an audible change";
}
