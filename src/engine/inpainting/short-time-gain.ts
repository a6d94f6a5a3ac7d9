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
  /** Over how many samples they set in. */
  setIn: number;
  /** 0..1: the share of the gains, in dB, at a distance from that first or last sample. */
  weightAt(distance: number): number;
}

/**
 * A filter that changes with time: the short-time spectra of Hann windows a quarter apart are multiplied and added up
 * again (weighted overlap-add: Crochiere, 1980; the windows' squares sum to 3/2). `context` holds the `size` samples on the
 * other side of the edge: windows reach over it, so that the gains are there from the edge on, but for the first `setIn`
 * samples, over which they rise by sin². Only `samples` is changed, in place.
 */
export function applyBandGains(samples: Float32Array, context: Float32Array, gains: BandGains): void {
  const { size, direction, length, setIn, weightAt } = gains;
  const binGainsDb = gainsOfBins(gains);
  const transform = new FFT(size);
  const window = Float64Array.from({ length: size }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / size));
  const input = new Float64Array(2 * size);
  const spectrum = new Float64Array(2 * size);
  const reach = Math.min(samples.length, Math.ceil(length) + size);
  const indexOf = (distance: number) => (direction === 1 ? distance : samples.length - 1 - distance);
  // Backwards in time where the edge is the end: gains know no direction.
  const line = new Float64Array(size + reach);
  for (let n = 0; n < size; n++) line[n] = context[direction === 1 ? n : size - 1 - n] as number;
  for (let n = 0; n < reach; n++) line[size + n] = samples[indexOf(n)] as number;
  const difference = new Float64Array(size + reach);
  for (let begin = size / 4; begin + size <= line.length; begin += size / 4) {
    const weight = weightAt(Math.max(0, begin - size / 2));
    for (let n = 0; n < size; n++) {
      input[2 * n] = (line[begin + n] as number) * (window[n] as number);
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
      difference[begin + n] =
        (difference[begin + n] as number) + ((input[2 * n] as number) * (window[n] as number)) / 1.5;
    }
  }
  for (let n = 0; n < reach; n++) {
    const share = n < setIn ? Math.sin((Math.PI / 2) * ((n + 0.5) / setIn)) ** 2 : 1;
    samples[indexOf(n)] = (samples[indexOf(n)] as number) + share * (difference[size + n] as number);
  }
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
