import FFT from "fft.js";
import { nearestFftSize } from "./spectrum.js";

/** A shift in samples and the normalised correlation (-1..1) it reaches. */
export interface Alignment {
  shift: number;
  correlation: number;
}

/** A shift to the limit must gain this much correlation: unlike waveforms give no reason to leave the beat. */
const STRAY_COST = 0.5;

/**
 * Finds the shift s in [-reach, reach] at which x[sourceStart - s + n] looks most like x[referenceStart + n] over
 * `length` samples: the largest c(s) - 0.5 (s / reach)², where c is the normalised cross-correlation summed over channels
 * (one FFT per channel), as Verhelst and Roelands align frames (WSOLA, 1993). A positive shift therefore means: read s
 * samples earlier, lag + s. The caller guarantees that both stretches, reach included, exist.
 */
export function align(
  channels: readonly Float32Array[],
  referenceStart: number,
  sourceStart: number,
  length: number,
  reach: number,
): Alignment {
  const span = length + 2 * reach;
  const correlations = crossCorrelate(channels, referenceStart, sourceStart - reach, length, span);
  const referenceEnergy = energy(channels, referenceStart, length);
  let sourceEnergy = energy(channels, sourceStart - reach, length);
  let best: Alignment = { shift: 0, correlation: 0 };
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let offset = 0; offset <= 2 * reach; offset++) {
    const correlation = normalise(correlations[offset] as number, referenceEnergy, sourceEnergy);
    const shift = reach - offset;
    const score = correlation - STRAY_COST * (shift / Math.max(1, reach)) ** 2;
    const better = score - bestScore;
    if (better > 1e-9 || (better > -1e-9 && Math.abs(shift) < Math.abs(best.shift))) {
      best = { shift, correlation };
      bestScore = score;
    }
    for (const samples of channels) {
      const leaving = samples[sourceStart - reach + offset] ?? 0;
      const entering = samples[sourceStart - reach + offset + length] ?? 0;
      sourceEnergy += entering * entering - leaving * leaving;
    }
  }
  return best;
}

/** The normalised correlation of two stretches as they are. */
export function correlate(channels: readonly Float32Array[], a: number, b: number, length: number): number {
  let product = 0;
  for (const samples of channels) {
    for (let n = 0; n < length; n++) product += (samples[a + n] ?? 0) * (samples[b + n] ?? 0);
  }
  return normalise(product, energy(channels, a, length), energy(channels, b, length));
}

/** Two silences agree; silence and sound do not. */
function normalise(product: number, energyA: number, energyB: number): number {
  const silence = 1e-9;
  if (energyA < silence && energyB < silence) return 1;
  if (energyA < silence || energyB < silence) return 0;
  return Math.max(-1, Math.min(1, product / Math.sqrt(energyA * energyB)));
}

function energy(channels: readonly Float32Array[], start: number, length: number): number {
  let sum = 0;
  for (const samples of channels) {
    for (let n = start; n < start + length; n++) sum += (samples[n] ?? 0) ** 2;
  }
  return sum;
}

/** What transforms of one size work in, kept from one call to the next: new memory costs more than the transform. */
interface Workspace {
  transform: FFT;
  input: Float64Array;
  output: Float64Array;
  product: Float64Array;
}

const workspaces = new Map<number, Workspace>();

function workspaceOf(size: number): Workspace {
  const existing = workspaces.get(size);
  if (existing !== undefined) return existing;
  const complex = () => new Float64Array(2 * size);
  const made = { transform: new FFT(size), input: complex(), output: complex(), product: complex() };
  workspaces.set(size, made);
  return made;
}

/**
 * c[k] = Σ_n reference[n] source[n + k] for k = 0..span - length. Reference and source share one complex transform
 * (z = reference + i source), whose halves are separated by symmetry; the channels' products are summed before the
 * inverse transform.
 */
function crossCorrelate(
  channels: readonly Float32Array[],
  referenceStart: number,
  sourceStart: number,
  length: number,
  span: number,
): Float64Array {
  let size = nearestFftSize(span);
  if (size < span) size *= 2;
  const { transform, input, output, product } = workspaceOf(size);
  product.fill(0);
  for (const samples of channels) {
    input.fill(0);
    for (let n = 0; n < span; n++) {
      if (n < length) input[2 * n] = samples[referenceStart + n] ?? 0;
      input[2 * n + 1] = samples[sourceStart + n] ?? 0;
    }
    transform.transform(output, input);
    for (let bin = 0; bin < size; bin++) {
      const mirror = (size - bin) & (size - 1);
      const zr = output[2 * bin] as number;
      const zi = output[2 * bin + 1] as number;
      const mr = output[2 * mirror] as number;
      const mi = output[2 * mirror + 1] as number;
      const referenceReal = 0.5 * (zr + mr);
      const referenceImaginary = 0.5 * (zi - mi);
      const sourceReal = 0.5 * (zi + mi);
      const sourceImaginary = 0.5 * (mr - zr);
      product[2 * bin] =
        (product[2 * bin] as number) + referenceReal * sourceReal + referenceImaginary * sourceImaginary;
      product[2 * bin + 1] =
        (product[2 * bin + 1] as number) + referenceReal * sourceImaginary - referenceImaginary * sourceReal;
    }
  }
  transform.inverseTransform(output, product);
  const correlations = new Float64Array(span - length + 1);
  for (let k = 0; k < correlations.length; k++) correlations[k] = output[2 * k] as number;
  return correlations;
}
