// @ts-check

/** @typedef {(channels: Float32Array[], mask: { start: number, end: number }, sampleRate: number) => Float32Array[]} Filler */

const LOOP_SECONDS = 4;
const FADE_SECONDS = 0.05;

/** What anybody would try first; each returns the whole clip. @satisfies {Record<string, Filler>} */
export const NAIVE_FILLERS = {
  /** Nothing at all. */
  silence: (channels, { start, end }) => channels.map((samples) => samples.slice().fill(0, start, end)),

  /** The seconds before the mask, pasted over it, over and over where they are shorter. */
  "previous seconds": (channels, { start, end }) =>
    channels.map((samples) => {
      const period = Math.min(end - start, start);
      const filled = samples.slice();
      for (let n = start; n < end; n++) filled[n] = filled[n - period];
      return filled;
    }),

  /** The last four seconds as a loop, each turn faded in and out over 50 ms. */
  "faded loop": (channels, { start, end }, sampleRate) =>
    channels.map((samples) => {
      const period = Math.min(LOOP_SECONDS * sampleRate, start);
      const fade = FADE_SECONDS * sampleRate;
      const filled = samples.slice();
      for (let n = start; n < end; n++) {
        const inLoop = (n - start) % period;
        const edge = Math.min(inLoop, period - 1 - inLoop, n - start, end - 1 - n);
        filled[n] = samples[start - period + inLoop] * Math.sin((Math.PI / 2) * Math.min(1, (edge + 0.5) / fade));
      }
      return filled;
    }),
};
