import FFT from "fft.js";

/** Adds the Hann-windowed power spectrum of one or two channels at `start` (a frame, may be negative) to `power`. */
export type PowerSpectrum = (
  first: Float32Array,
  second: Float32Array | undefined,
  start: number,
  power: Float64Array,
) => void;

/** The power of two nearest to a duration: FFT sizes follow the sample rate, so resolution stays the same. */
export function nearestFftSize(samples: number): number {
  return 2 ** Math.max(5, Math.round(Math.log2(samples)));
}

/**
 * Two real channels in one complex transform: with z = x + iy, |X[k]|² + |Y[k]|² = (|Z[k]|² + |Z[N - k]|²) / 2.
 * `power` has size / 2 + 1 bins. Powers are summed over channels, not taken of a mix, so out-of-phase stereo survives.
 */
export function createPowerSpectrum(size: number): PowerSpectrum {
  const transform = new FFT(size);
  const window = Float64Array.from({ length: size }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / size));
  const input = new Float64Array(size * 2);
  const output = new Float64Array(size * 2);
  return (first, second, start, power) => {
    input.fill(0);
    const from = Math.max(0, -start);
    const to = Math.min(size, first.length - start);
    for (let n = from; n < to; n++) {
      input[2 * n] = (first[start + n] as number) * (window[n] as number);
      if (second !== undefined) input[2 * n + 1] = (second[start + n] as number) * (window[n] as number);
    }
    transform.transform(output, input);
    for (let bin = 0; bin <= size / 2; bin++) {
      const mirror = (size - bin) & (size - 1);
      const a = output[2 * bin] as number;
      const b = output[2 * bin + 1] as number;
      const c = output[2 * mirror] as number;
      const d = output[2 * mirror + 1] as number;
      power[bin] = (power[bin] as number) + 0.5 * (a * a + b * b + c * c + d * d);
    }
  };
}
