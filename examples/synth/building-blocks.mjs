// @ts-check

export const SAMPLE_RATE = 44_100;

/**
 * A pair of channels. `pan` runs from -1 (left) to 1 (right).
 *
 * @typedef {{ left: Float32Array, right: Float32Array }} Stereo
 */

/**
 * @param {number} seconds
 * @returns {Stereo}
 */
export function createStereo(seconds) {
  const length = Math.ceil(seconds * SAMPLE_RATE);
  return { left: new Float32Array(length), right: new Float32Array(length) };
}

/** @param {number} midi Note number, 69 is A4. */
export function frequencyOf(midi) {
  return 440 * 2 ** ((midi - 69) / 12);
}

/** @param {number} cents */
export function centsToRatio(cents) {
  return 2 ** (cents / 1200);
}

/**
 * A sawtooth with its corner rounded over two samples (polyBLEP), which keeps aliasing below what is audible here.
 *
 * @param {number} startPhase 0..1
 * @returns {(frequency: number) => number} The next sample at this frequency.
 */
export function createSaw(startPhase) {
  let phase = startPhase;
  return (frequency) => {
    const step = frequency / SAMPLE_RATE;
    phase += step;
    if (phase >= 1) phase -= 1;
    let value = 2 * phase - 1;
    if (phase < step) {
      const distance = phase / step;
      value -= distance + distance - distance * distance - 1;
    } else if (phase > 1 - step) {
      const distance = (phase - 1) / step;
      value -= distance * distance + distance + distance + 1;
    }
    return value;
  };
}

/**
 * A state-variable filter (the trapezoidal form, stable while its cutoff moves).
 *
 * @returns {(input: number, cutoffHz: number, resonance: number) => { low: number, band: number, high: number }}
 *   The result object is reused from call to call.
 */
export function createFilter() {
  let first = 0;
  let second = 0;
  const output = { low: 0, band: 0, high: 0 };
  return (input, cutoffHz, resonance) => {
    const tangent = Math.tan((Math.PI * Math.min(cutoffHz, SAMPLE_RATE * 0.45)) / SAMPLE_RATE);
    const damping = 1 / resonance;
    const scale = 1 / (1 + tangent * (tangent + damping));
    const highInput = input - second;
    const band = scale * (first + tangent * highInput);
    const low = second + tangent * band;
    first = 2 * band - first;
    second = 2 * low - second;
    output.low = low;
    output.band = band;
    output.high = input - damping * band - low;
    return output;
  };
}

/**
 * Adds one sounding note to a bus: `sampleAt` is asked for consecutive samples until the note's length is over.
 *
 * @param {Stereo} bus
 * @param {number} startSeconds
 * @param {number} lengthSeconds
 * @param {number} pan
 * @param {(seconds: number) => number} sampleAt
 */
export function addNote(bus, startSeconds, lengthSeconds, pan, sampleAt) {
  const start = Math.round(startSeconds * SAMPLE_RATE);
  const end = Math.min(bus.left.length, start + Math.round(lengthSeconds * SAMPLE_RATE));
  const leftGain = Math.cos(((pan + 1) * Math.PI) / 4);
  const rightGain = Math.sin(((pan + 1) * Math.PI) / 4);
  for (let index = start; index < end; index++) {
    const value = sampleAt((index - start) / SAMPLE_RATE);
    bus.left[index] += value * leftGain;
    bus.right[index] += value * rightGain;
  }
}

/**
 * Rises in a straight line, holds, and after `heldSeconds` falls exponentially.
 *
 * @param {number} seconds
 * @param {number} attackSeconds
 * @param {number} heldSeconds
 * @param {number} releaseSeconds Time to fall to about a third.
 */
export function attackRelease(seconds, attackSeconds, heldSeconds, releaseSeconds) {
  const rise = Math.min(1, seconds / attackSeconds);
  return seconds <= heldSeconds ? rise : rise * Math.exp(-(seconds - heldSeconds) / releaseSeconds);
}
