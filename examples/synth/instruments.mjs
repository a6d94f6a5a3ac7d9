// @ts-check
import {
  addNote,
  attackRelease,
  centsToRatio,
  createFilter,
  createSaw,
  frequencyOf,
  SAMPLE_RATE,
} from "./building-blocks.mjs";
import { noiseFrom } from "./random.mjs";

/** @typedef {import("./building-blocks.mjs").Stereo} Stereo */

/**
 * One note as the instruments see it: seconds, not beats.
 *
 * @typedef {{ start: number, length: number, midi: number, velocity: number }} Note
 */

/** @typedef {(bus: Stereo, note: Note, random: () => number) => void} Instrument */

const TURN = 2 * Math.PI;

/**
 * Electric piano: a sine bent by another of the same pitch, more so when struck hard, and the short ring of the tine.
 *
 * @type {Instrument}
 */
export function playElectricPiano(bus, note, random) {
  const frequency = frequencyOf(note.midi);
  const bodyDecay = 1.9 * 2 ** ((60 - note.midi) / 24);
  const brightness = 0.5 + 1.5 * note.velocity ** 2;
  for (const side of [-1, 1]) {
    const pitch = frequency * centsToRatio(side * 2.5);
    const phase = random() * TURN;
    addNote(bus, note.start, note.length + 0.7, side * 0.55, (seconds) => {
      const angle = TURN * pitch * seconds;
      const tine = 0.3 * note.velocity * Math.exp(-seconds / 0.08) * Math.sin(angle * 7.02 + phase);
      const bend = brightness * Math.exp(-seconds / 0.55) * Math.sin(angle) + tine;
      const level = attackRelease(seconds, 0.003, note.length, 0.11) * Math.exp(-seconds / bodyDecay);
      return 0.5 * note.velocity * level * Math.sin(angle + bend + side * 0.2);
    });
  }
}

/**
 * Plucked string: a burst of noise going round a delay line one period long, losing its highs (Karplus and Strong).
 *
 * @type {Instrument}
 */
export function playPluckedString(bus, note, random) {
  const frequency = frequencyOf(note.midi);
  const noise = noiseFrom(random);
  const period = SAMPLE_RATE / frequency - 0.5;
  const line = new Float64Array(Math.ceil(period) + 1);
  const pluckPoint = Math.round(period * 0.22);
  let softened = 0;
  for (let index = 0; index < line.length; index++) {
    softened += (0.25 + 0.5 * note.velocity) * (noise() - softened);
    line[index] = softened;
  }
  for (let index = line.length - 1; index >= pluckPoint; index--) line[index] -= 0.8 * line[index - pluckPoint];

  const whole = Math.floor(period);
  const fraction = period - whole;
  const loss = 0.5 ** (1 / (frequency * 0.45));
  let position = 0;
  let previous = 0;
  const pan = ((note.midi % 5) - 2) * 0.16 + 0.25;
  addNote(bus, note.start, note.length + 0.5, pan, (seconds) => {
    const near = line[(position - whole + line.length) % line.length];
    const far = line[(position - whole - 1 + 2 * line.length) % line.length];
    const delayed = near + fraction * (far - near);
    const value = loss * (0.5 * delayed + 0.5 * previous);
    previous = delayed;
    line[position] = value;
    position = (position + 1) % line.length;
    return 0.9 * note.velocity * attackRelease(seconds, 0.001, note.length, 0.09) * value;
  });
}

/**
 * Bass: two saws a few cents apart through a filter that closes after the attack, on a sine that carries the weight.
 *
 * @type {Instrument}
 */
export function playBass(bus, note, random) {
  const frequency = frequencyOf(note.midi);
  const lower = createSaw(random());
  const upper = createSaw(random());
  const filter = createFilter();
  addNote(bus, note.start, note.length + 0.2, 0, (seconds) => {
    const saws = 0.5 * (lower(frequency * centsToRatio(-3)) + upper(frequency * centsToRatio(3)));
    const cutoff = 170 + frequency + note.velocity * 1100 * Math.exp(-seconds / 0.09);
    const filtered = filter(saws, cutoff, 0.9).low;
    const sub = Math.sin(TURN * frequency * seconds);
    const level = attackRelease(seconds, 0.006, note.length, 0.035) * (0.65 + 0.35 * Math.exp(-seconds / 0.3));
    return 0.6 * note.velocity * level * Math.tanh(1.4 * (0.6 * filtered + 0.7 * sub));
  });
}

/**
 * Lead, somewhere between a melodica and a whistle: scooped attack, late vibrato, a little breath.
 *
 * @type {Instrument}
 */
export function playLead(bus, note, random) {
  const frequency = frequencyOf(note.midi);
  const noise = noiseFrom(random);
  const filter = createFilter();
  const breathFilter = createFilter();
  const lower = createSaw(random());
  const upper = createSaw(random());
  const vibratoPhase = random() * TURN;
  let sinePhase = 0;
  addNote(bus, note.start, note.length + 0.35, -0.08, (seconds) => {
    const vibratoDepth = 14 * Math.min(1, Math.max(0, (seconds - 0.22) / 0.4));
    const scoop = -45 * Math.exp(-seconds / 0.028);
    const pitch = frequency * centsToRatio(scoop + vibratoDepth * Math.sin(TURN * 5.3 * seconds + vibratoPhase));
    sinePhase += (TURN * pitch) / SAMPLE_RATE;
    const saws = 0.5 * (lower(pitch * centsToRatio(-5)) + upper(pitch * centsToRatio(5)));
    const opening = note.velocity * (1 - Math.exp(-seconds / 0.05)) * (0.6 + 0.4 * Math.exp(-seconds / 0.4));
    const tone = filter(saws, 600 + frequency + 4200 * opening, 0.75).low;
    const breath = breathFilter(noise(), frequency * 2, 2.5).band * (0.03 + 0.12 * Math.exp(-seconds / 0.04));
    const level = attackRelease(seconds, 0.02, note.length, 0.07) * (0.8 + 0.2 * Math.exp(-seconds / 0.25));
    return 0.42 * note.velocity * level * (0.55 * tone + 0.5 * Math.sin(sinePhase) + breath);
  });
}

/**
 * Pad: four saws per note spread across the stereo field, dark and slow.
 *
 * @type {Instrument}
 */
export function playPad(bus, note, random) {
  const frequency = frequencyOf(note.midi);
  for (const voice of [-1.5, -0.5, 0.5, 1.5]) {
    const saw = createSaw(random());
    const filter = createFilter();
    const drift = random() * TURN;
    addNote(bus, note.start, note.length + 0.9, voice * 0.55, (seconds) => {
      const cents = voice * 7 + 2 * Math.sin(TURN * 0.31 * seconds + drift);
      const cutoff = 420 + 650 * note.velocity * Math.min(1, seconds / 1.6);
      const level = attackRelease(seconds, 0.35, note.length, 0.28);
      return 0.12 * note.velocity * level * filter(saw(frequency * centsToRatio(cents)), cutoff, 0.7).low;
    });
  }
}
