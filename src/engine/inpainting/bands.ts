/** Semitone bands from A2 (110 Hz): five octaves of harmony. */
export const TONAL_BANDS = 60;
const LOWEST_TONE_HZ = 110;
/** Mel bands: timbre and loudness. */
export const MEL_BANDS = 24;

/** Weights of the bins that make up one band of a power spectrum. */
export interface Band {
  firstBin: number;
  weights: Float64Array;
}

/** Triangles of a semitone's half-width round each tone, never narrower than one bin. */
export function semitoneBands(size: number, sampleRate: number): Band[] {
  const binHz = sampleRate / size;
  return Array.from({ length: TONAL_BANDS }, (_, band) => {
    const centre = LOWEST_TONE_HZ * 2 ** (band / 12);
    return triangle(centre, Math.max(centre * 0.0595, binHz), binHz, size);
  });
}

/** Triangles equally spaced in mel (O'Shaughnessy: 2595 log10(1 + f / 700)) from 60 Hz to 16 kHz or 0.45 of the rate. */
export function melBands(size: number, sampleRate: number): Band[] {
  const toMel = (hz: number) => 2595 * Math.log10(1 + hz / 700);
  const toHz = (mel: number) => 700 * (10 ** (mel / 2595) - 1);
  const low = toMel(60);
  const step = (toMel(Math.min(16_000, 0.45 * sampleRate)) - low) / (MEL_BANDS + 1);
  const binHz = sampleRate / size;
  return Array.from({ length: MEL_BANDS }, (_, band) => {
    const centre = toHz(low + (band + 1) * step);
    return triangle(
      centre,
      Math.max((toHz(low + (band + 2) * step) - toHz(low + band * step)) / 2, binHz),
      binHz,
      size,
    );
  });
}

function triangle(centreHz: number, halfWidthHz: number, binHz: number, size: number): Band {
  const firstBin = Math.max(1, Math.ceil((centreHz - halfWidthHz) / binHz));
  const lastBin = Math.min(size / 2, Math.floor((centreHz + halfWidthHz) / binHz));
  const length = Math.max(0, lastBin - firstBin + 1);
  const weights = Float64Array.from({ length }, (_, i) =>
    Math.max(0, 1 - Math.abs((firstBin + i) * binHz - centreHz) / halfWidthHz),
  );
  return { firstBin, weights };
}
