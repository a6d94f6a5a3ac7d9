import FFT from "fft.js";

/** Loudness over time and pitch: a row for each band, lowest first, a column for each moment. */
export interface SpectrogramImage {
  readonly columns: number;
  readonly rows: number;
  /** 0 (RANGE_DECIBELS or more below the loudest) to 255 (the loudest), row by row. */
  readonly levels: Uint8Array;
}

/** Enough for a wide screen; one that is zoomed in on gets coarser. */
const MAX_COLUMNS = 3_000;
const ROWS = 160;
const FFT_SIZE = 2_048;
const RANGE_DECIBELS = 80;
const LOWEST_HERTZ = 60;
const HIGHEST_HERTZ = 16_000;

/** Hann-windowed power spectra of the channels' mean, in bands of equal musical width, of which the loudest bin counts. */
export function drawSpectrogram(channels: readonly Float32Array[], sampleRate: number): SpectrogramImage {
  const frames = channels[0]?.length ?? 0;
  const columns = Math.max(1, Math.min(MAX_COLUMNS, Math.ceil(frames / (FFT_SIZE / 4))));
  const transform = new FFT(FFT_SIZE);
  const input = new Array<number>(FFT_SIZE).fill(0);
  const output = transform.createComplexArray();
  const window = Float64Array.from({ length: FFT_SIZE }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FFT_SIZE));
  const edges = Array.from({ length: ROWS + 1 }, (_, row) => (hertzOf(row) * FFT_SIZE) / sampleRate);
  const power = new Float32Array(columns * ROWS);
  let most = 1e-12;
  for (let column = 0; column < columns; column++) {
    const first = Math.round(((column + 0.5) * frames) / columns) - FFT_SIZE / 2;
    for (let n = 0; n < FFT_SIZE; n++) {
      let sum = 0;
      for (const channel of channels) sum += channel[first + n] ?? 0;
      input[n] = sum * (window[n] ?? 0);
    }
    transform.realTransform(output, input);
    for (let row = 0; row < ROWS; row++) {
      const from = Math.round(edges[row] ?? 0);
      const to = Math.min(FFT_SIZE / 2, Math.max(from + 1, Math.round(edges[row + 1] ?? 0)));
      let loudest = 0;
      for (let bin = from; bin < to; bin++) {
        loudest = Math.max(loudest, (output[2 * bin] ?? 0) ** 2 + (output[2 * bin + 1] ?? 0) ** 2);
      }
      power[row * columns + column] = loudest;
      most = Math.max(most, loudest);
    }
  }
  const levels = Uint8Array.from(power, (value) => {
    const decibels = 10 * Math.log10(Math.max(value / most, 1e-12));
    return Math.max(0, 255 * (1 + decibels / RANGE_DECIBELS));
  });
  return { columns, rows: ROWS, levels };
}

/** Lower edge of a row's band. */
function hertzOf(row: number): number {
  return LOWEST_HERTZ * (HIGHEST_HERTZ / LOWEST_HERTZ) ** (row / ROWS);
}
