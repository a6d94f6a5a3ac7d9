/**
 * Finds where the audible samples lie among all that were decoded, from the positions ("granules") that pages carry: the
 * first page's tells how many samples before time 0 to drop, the last page's where the end is within that page.
 * Vorbis I specification, appendix A.2; RFC 7845, section 4.
 */
export class GranuleSpan {
  /** Position of the first decoded sample: above 0 in what was cut out of a longer stream. */
  private origin: number | null = null;
  private end = Number.POSITIVE_INFINITY;

  /** One page with a position: how many samples were decoded before it, and with it. */
  addPage(granule: number, isLast: boolean, framesBefore: number, framesAfter: number): void {
    // A stream of one page says by its position where it ends, not where it starts.
    this.origin ??= isLast ? 0 : granule - framesAfter;
    const end = granule - this.origin;
    if (isLast && end >= framesBefore) this.end = end;
  }

  /**
   * The span [start, end) of the decoded samples; the end may lie beyond them when some were lost. `preSkip`: samples the
   * codec needs to get going, dropped whatever the pages say.
   */
  span(preSkip: number): { start: number; end: number } {
    return { start: Math.max(preSkip, -(this.origin ?? 0)), end: this.end };
  }
}
