// @ts-check
import { addNote, createFilter } from "./building-blocks.mjs";
import { noiseFrom } from "./random.mjs";

/** @typedef {import("./building-blocks.mjs").Stereo} Stereo */

/** @typedef {(bus: Stereo, start: number, velocity: number, random: () => number) => void} Drum */

const TURN = 2 * Math.PI;

/**
 * A sine falling from 165 Hz to 48 Hz with a short click on top.
 *
 * @type {Drum}
 */
function kick(bus, start, velocity, random) {
  const noise = noiseFrom(random);
  const filter = createFilter();
  addNote(bus, start, 0.5, 0, (seconds) => {
    // The phase is the integral of 48 + 117 e^(-t / 0.03) Hz.
    const phase = TURN * (48 * seconds + 117 * 0.03 * (1 - Math.exp(-seconds / 0.03)));
    const body = Math.sin(phase) * Math.exp(-seconds / 0.15) * Math.min(1, seconds / 0.0015);
    const click = filter(noise(), 2600, 0.8).band * Math.exp(-seconds / 0.004);
    return velocity * (Math.tanh(1.3 * body) * 0.9 + 0.25 * click);
  });
}

/**
 * Snare played with a brush: bright noise that swells in a few milliseconds over two short drum tones.
 *
 * @type {Drum}
 */
function snare(bus, start, velocity, random) {
  const noise = noiseFrom(random);
  const lowCut = createFilter();
  const highCut = createFilter();
  addNote(bus, start, 0.5, 0.06, (seconds) => {
    const hiss = highCut(lowCut(noise(), 900, 0.7).high, 3200 + 4200 * velocity, 0.8).low;
    const wires = hiss * (0.75 * Math.exp(-seconds / 0.085) + 0.25 * Math.exp(-seconds / 0.2));
    const tone = Math.sin(TURN * 192 * seconds) + 0.6 * Math.sin(TURN * 297 * seconds);
    return velocity * Math.min(1, seconds / 0.002) * (0.42 * wires + 0.3 * tone * Math.exp(-seconds / 0.05));
  });
}

/**
 * Stick on the rim: two damped high modes.
 *
 * @type {Drum}
 */
function rim(bus, start, velocity) {
  addNote(bus, start, 0.15, -0.18, (seconds) => {
    const modes = Math.sin(TURN * 1720 * seconds) + 0.7 * Math.sin(TURN * 2480 * seconds + 0.4);
    return 0.24 * velocity * modes * Math.exp(-seconds / 0.014) * Math.min(1, seconds / 0.0008);
  });
}

/**
 * A cymbal-like sound: noise and a cluster of unrelated squares above a low cut.
 *
 * @param {{ decaySeconds: number, lowCutHz: number, pan: number, gain: number, attackSeconds: number }} shape
 * @returns {Drum}
 */
function createCymbal({ decaySeconds, lowCutHz, pan, gain, attackSeconds }) {
  const modesHz = [2437, 3163, 3761, 4523, 5393, 6271];
  return (bus, start, velocity, random) => {
    const noise = noiseFrom(random);
    const phases = modesHz.map(() => random());
    const filter = createFilter();
    const decay = decaySeconds * (0.8 + 0.4 * velocity);
    addNote(bus, start, decay * 6, pan, (seconds) => {
      let metal = 0;
      for (const [index, modeHz] of modesHz.entries()) {
        metal += (modeHz * seconds + phases[index]) % 1 < 0.5 ? 1 : -1;
      }
      const bright = filter(0.7 * noise() + 0.08 * metal, lowCutHz, 0.8).high;
      return gain * velocity * bright * Math.exp(-seconds / decay) * Math.min(1, seconds / attackSeconds);
    });
  };
}

/**
 * The kit, by the names the score uses.
 *
 * @satisfies {Record<string, Drum>}
 */
export const KIT = {
  kick,
  snare,
  rim,
  hat: createCymbal({ decaySeconds: 0.028, lowCutHz: 7200, pan: 0.3, gain: 0.3, attackSeconds: 0.0008 }),
  openHat: createCymbal({ decaySeconds: 0.13, lowCutHz: 6600, pan: 0.3, gain: 0.24, attackSeconds: 0.001 }),
  shaker: createCymbal({ decaySeconds: 0.03, lowCutHz: 5200, pan: -0.4, gain: 0.2, attackSeconds: 0.018 }),
  ride: createCymbal({ decaySeconds: 0.2, lowCutHz: 5600, pan: -0.3, gain: 0.16, attackSeconds: 0.001 }),
  crash: createCymbal({ decaySeconds: 0.5, lowCutHz: 3000, pan: -0.22, gain: 0.22, attackSeconds: 0.002 }),
};
