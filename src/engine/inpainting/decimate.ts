/** Half-length of the low-pass in output samples: only the lower two thirds of the new band are read, so short is enough. */
const HALF_TAPS = 3;

/** Keeps every `factor`-th sample after a windowed-sinc low-pass at 0.45 of the new rate. For analysis only. */
export function decimate(samples: Float32Array, factor: number): Float32Array {
  if (factor === 1) return samples;
  const half = HALF_TAPS * factor;
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const x = ((i - half) / factor) * 0.9;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    return sinc * (0.5 + 0.5 * Math.cos((Math.PI * (i - half)) / (half + 1)));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  for (let i = 0; i < taps.length; i++) taps[i] = (taps[i] as number) / sum;
  const output = new Float32Array(Math.ceil(samples.length / factor));
  const lastInner = samples.length - 1 - half;
  for (let n = 0; n < output.length; n++) {
    const centre = n * factor;
    let value = (samples[centre] as number) * (taps[half] as number);
    if (centre >= half && centre <= lastInner) {
      for (let i = 1; i <= half; i++) {
        value += ((samples[centre - i] as number) + (samples[centre + i] as number)) * (taps[half + i] as number);
      }
    } else {
      for (let i = 1; i <= half; i++) {
        value += ((samples[centre - i] ?? 0) + (samples[centre + i] ?? 0)) * (taps[half + i] as number);
      }
    }
    output[n] = value;
  }
  return output;
}
