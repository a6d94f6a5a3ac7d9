/** Of the screen's own. Wider ones take longer than a tenth of a second to draw, and hundreds of megabytes on fine screens. */
const MOST_PIXELS = 16_000;

/** How many times as wide as the view a waveform may become: small screens, which need it most, get most. */
export function mostZoom(): number {
  return Math.max(2, 2 ** Math.floor(Math.log2(MOST_PIXELS / (innerWidth * devicePixelRatio))));
}
