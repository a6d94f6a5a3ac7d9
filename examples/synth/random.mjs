// @ts-check

/**
 * A small repeatable random source (mulberry32), so that every rendering of the clip is the same.
 *
 * @param {number} seed
 * @returns {() => number} Draws uniformly from 0 (included) to 1 (excluded).
 */
export function createRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * White noise in -1..1 from a random source.
 *
 * @param {() => number} random
 */
export function noiseFrom(random) {
  return () => random() * 2 - 1;
}
