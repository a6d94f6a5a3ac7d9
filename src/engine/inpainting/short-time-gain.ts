import FFT from "fft.js";
import type { Band } from "./bands.js";

export interface BandGains {
  bands: readonly Band[];
  /** One per band; in between they run straight. */
  gainsDb: Float64Array;
  /** Of the windows, in samples; the bands' bins count for it. */
  size: number;
  /** From the first sample forwards (1), or from the last backwards (-1). */
  direction: 1 | -1;
  /** How far the gains reach, in samples. */
  length: number;
  /** 0..1: the share of the gains, in dB, at a distance from that first or last sample. */
  weightAt(distance: number): number;
}

/**
 * A filter that changes with time: the short-time spectra of Hann windows a quarter apart are multiplied and added up
 * again (weighted overlap-add: Crochiere, 1980; the windows' squares sum to 3/2). Only the difference is added, in place;
 * as windows begin at the very first sample, there it is 0 and sets in over one window.
 */
export function applyBandGains(samples: Float32Array, gains: BandGains): void {
  const { size, direction, length, weightAt } = gains;
  const binGainsDb = gainsOfBins(gains);
  const transform = new FFT(size);
  const window = Float64Array.from({ length: size }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / size));
  const input = new Float64Array(2 * size);
  const spectrum = new Float64Array(2 * size);
  const reach = Math.min(samples.length, Math.ceil(length) + size);
  const difference = new Float64Array(reach);
  const offset = direction === 1 ? 0 : samples.length - reach;
  for (let begin = 0; begin + size <= reach; begin += size / 4) {
    const weight = weightAt(begin + size / 2);
    const from = direction === 1 ? begin : reach - size - begin;
    for (let n = 0; n < size; n++) {
      input[2 * n] = (samples[offset + from + n] as number) * (window[n] as number);
      input[2 * n + 1] = 0;
    }
    transform.transform(spectrum, input);
    for (let bin = 0; bin <= size / 2; bin++) {
      const change = 10 ** ((weight * (binGainsDb[bin] as number)) / 20) - 1;
      scaleBin(spectrum, bin, change);
      if (bin > 0 && bin < size / 2) scaleBin(spectrum, size - bin, change);
    }
    transform.inverseTransform(input, spectrum);
    for (let n = 0; n < size; n++) {
      difference[from + n] =
        (difference[from + n] as number) + ((input[2 * n] as number) * (window[n] as number)) / 1.5;
    }
  }
  for (let n = 0; n < reach; n++) samples[offset + n] = (samples[offset + n] as number) + (difference[n] as number);
}

function scaleBin(spectrum: Float64Array, bin: number, factor: number): void {
  spectrum[2 * bin] = (spectrum[2 * bin] as number) * factor;
  spectrum[2 * bin + 1] = (spectrum[2 * bin + 1] as number) * factor;
}

/** Straight from one band's middle to the next; level below the first and above the last. */
function gainsOfBins({ bands, gainsDb, size }: BandGains): Float64Array {
  const middles = bands.map(({ firstBin, weights }) => firstBin + (weights.length - 1) / 2);
  let band = 0;
  return Float64Array.from({ length: size / 2 + 1 }, (_, bin) => {
    while (band + 2 < middles.length && (middles[band + 1] as number) < bin) band++;
    const [from = 0, to = 0] = [middles[band], middles[band + 1]];
    const position = to > from ? Math.max(0, Math.min(1, (bin - from) / (to - from))) : 0;
    return (gainsDb[band] as number) + position * ((gainsDb[band + 1] as number) - (gainsDb[band] as number));
  });
}
