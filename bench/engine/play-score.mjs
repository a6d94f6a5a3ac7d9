// @ts-check
// Arranges and plays a lead sheet on the instruments of examples/synth. Seeded: the same score gives the same samples.
import { createStereo } from "../../examples/synth/building-blocks.mjs";
import { KIT } from "../../examples/synth/drums.mjs";
import { addReverb, master } from "../../examples/synth/effects.mjs";
import {
  playBass,
  playElectricPiano,
  playLead,
  playPad,
  playPluckedString,
} from "../../examples/synth/instruments.mjs";
import { createRandom } from "../../examples/synth/random.mjs";

/** @typedef {import("./scores.mjs").Score} Score */
/** @typedef {{ beat: number, beats: number, midi: number, velocity: number }} Note */
/** @typedef {{ beat: number, beats: number, root: number, tones: number[] }} Chord `root` is a pitch class. */

const TAIL_SECONDS = 2;
const PITCH_CLASSES = /** @type {Record<string, number>} */ ({ C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 });
const QUALITIES = /** @type {Record<string, number[]>} */ ({
  "": [0, 4, 7, 12],
  7: [0, 4, 7, 10],
  m7: [0, 3, 7, 10],
  maj7: [0, 4, 7, 11],
});
const INSTRUMENTS = { lead: playLead, plucked: playPluckedString, piano: playElectricPiano, pad: playPad };
const GAINS = { lead: 0.8, plucked: 1, piano: 0.3, pad: 0.4 };

/** Beats of a bar at which each drum plays. @type {Record<Score["drums"], [keyof typeof KIT, number[], number][]>} */
const DRUM_BARS = {
  four: [
    ["kick", [0, 1, 2, 3], 0.85],
    ["rim", [1, 3], 0.7],
    ["hat", [0.5, 1.5, 2.5, 3.5], 0.6],
    ["shaker", [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5], 0.4],
  ],
  back: [
    ["kick", [0, 1.75, 2.5], 0.85],
    ["snare", [1, 3], 0.75],
    ["hat", [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5], 0.5],
  ],
  ride: [
    ["kick", [0, 2], 0.5],
    ["ride", [0, 1, 1.75, 2, 3, 3.75], 0.6],
    ["hat", [1, 3], 0.5],
  ],
  waltz: [
    ["kick", [0], 0.8],
    ["rim", [1, 2], 0.5],
    ["shaker", [0, 0.5, 1, 1.5, 2, 2.5], 0.4],
  ],
  half: [
    ["kick", [0, 2.5], 0.7],
    ["rim", [2], 0.7],
    ["ride", [0, 1, 2, 3], 0.4],
  ],
  none: [],
};

/**
 * @param {Score} score
 * @returns {{ name: string, sampleRate: number, channels: Float32Array[] }}
 */
export function playScore(score) {
  const { name, beatsPerMinute, players, seed } = score;
  const beatSeconds = 60 / beatsPerMinute;
  const sections = layOut(score);
  const chords = sections.flatMap((section) => section.chords);
  const endBeat = Math.max(...chords.map(({ beat, beats }) => beat + beats));
  const totalSeconds = endBeat * beatSeconds + TAIL_SECONDS;
  const mix = createStereo(totalSeconds);
  const room = createStereo(totalSeconds);
  const secondsOf = (/** @type {number} */ beat) => {
    const eighth = Math.floor(beat * 2 + 1e-9) / 2;
    return (eighth + ((beat - eighth) / 0.25) * 0.5 * score.swing) * beatSeconds;
  };
  const play = (/** @type {Note[]} */ notes, /** @type {keyof typeof GAINS | "bass"} */ instrument, partSeed = 0) => {
    const random = createRandom(seed * 16 + partSeed);
    const player = instrument === "bass" ? playBass : INSTRUMENTS[instrument];
    const gain = instrument === "bass" ? 0.7 : GAINS[instrument];
    for (const { beat, beats, midi, velocity } of notes) {
      const start = Math.max(0, secondsOf(beat) + (random() + random() - 1) * score.looseness);
      const loudness = gain * velocity * (0.94 + 0.12 * random());
      const bus = instrument === "bass" ? mix : room;
      player(bus, { start, length: beats * beatSeconds, midi, velocity: loudness }, random);
    }
  };
  if (players.chords !== "none") play(accompany(chords, players.chords), players.chords, 1);
  play(composeTune(score, sections), players.melody, 2);
  if (players.bass !== "none") play(bassLine(chords, players.bass), "bass", 3);
  playDrums(score, endBeat, secondsOf, mix);
  for (const [from, to] of /** @type {const} */ ([
    [room.left, mix.left],
    [room.right, mix.right],
  ])) {
    for (let n = 0; n < from.length; n++) to[n] += from[n];
  }
  addReverb(room, mix, { decaySeconds: 1.2, gain: 0.2 });
  master(mix, -2);
  return { name, sampleRate: 44_100, channels: [mix.left, mix.right] };
}

/** The form's sections with their chords, in beats from the start. @param {Score} score */
function layOut({ form, sections, beatsPerBar }) {
  let beat = 0;
  return [...form].map((letter) => {
    const bars = sections[letter].split("|");
    const start = beat;
    /** @type {Chord[]} */
    const chords = [];
    for (const bar of bars) {
      const names = bar.trim().split(/\s+/);
      const beats = beatsPerBar / names.length;
      for (const chordName of names) {
        chords.push({ beat, beats, ...readChord(chordName) });
        beat += beats;
      }
    }
    return { letter, start, beats: beat - start, chords };
  });
}

/** @param {string} name "F#m7" */
function readChord(name) {
  const match = /^([A-G])([#b]?)(.*)$/.exec(name);
  const tones = QUALITIES[match?.[3] ?? ""];
  if (!match || !tones) throw new Error(`Expected a chord such as "F#m7", got "${name}"`);
  const root = (PITCH_CLASSES[match[1]] + (match[2] === "#" ? 1 : match[2] === "b" ? -1 : 0) + 12) % 12;
  return { root, tones };
}

/** @param {Chord[]} chords @param {"piano" | "pad" | "plucked"} instrument @returns {Note[]} */
function accompany(chords, instrument) {
  return chords.flatMap(({ beat, beats, root, tones }) => {
    const voicing = tones.map((tone) => 52 + ((root + tone - 52 + 120) % 12));
    if (instrument === "plucked") {
      return Array.from({ length: beats * 2 }, (_, step) => {
        const midi = voicing[[0, 2, 1, 3][step % 4]];
        return { beat: beat + step / 2, beats: 0.5, midi, velocity: step % 2 === 0 ? 0.6 : 0.45 };
      });
    }
    const strokes =
      instrument === "pad"
        ? [[0, beats]]
        : beats < 3
          ? [[0, beats]]
          : [
              [0, 1.4],
              [1.5, beats - 1.6],
            ];
    return strokes.flatMap(([offset, length]) =>
      voicing.map((midi) => ({ beat: beat + offset, beats: length, midi, velocity: offset === 0 ? 0.7 : 0.5 })),
    );
  });
}

/** @param {Chord[]} chords @param {"roots" | "walking"} style @returns {Note[]} */
function bassLine(chords, style) {
  return chords.flatMap(({ beat, beats, root, tones }) => {
    const low = 28 + ((root - 28 + 120) % 12);
    if (style === "walking") {
      return Array.from({ length: Math.round(beats) }, (_, step) => {
        const midi = low + [0, tones[1], 7, tones[3] > 11 ? 9 : tones[3]][step % 4];
        return { beat: beat + step, beats: 0.9, midi, velocity: 0.75 };
      });
    }
    return [
      { beat, beats: Math.min(1.6, beats), midi: low, velocity: 0.8 },
      ...(beats > 2 ? [{ beat: beat + beats - 1, beats: 0.8, midi: low + 7, velocity: 0.65 }] : []),
    ];
  });
}

/**
 * A tune per section letter: a walk over the chord's tones and their neighbours in one of a few rhythms. When a section
 * comes back its tune does too, unless the piece is through-composed.
 *
 * @param {Score} score
 * @param {ReturnType<typeof layOut>} sections
 * @returns {Note[]}
 */
function composeTune(score, sections) {
  return sections.flatMap(({ letter, start, chords }, index) => {
    const random = createRandom(score.seed * 64 + (score.throughComposed ? index : letter.charCodeAt(0)));
    let midi = 69 + Math.floor(random() * 6);
    /** @type {Note[]} */
    const notes = [];
    for (const { beat, beats, root, tones } of chords) {
      const rhythm = [
        [0, 1, 2, 3],
        [0, 0.75, 1.5, 2.5],
        [0, 0.5, 1, 2],
        [0.5, 1.5, 2, 3.5],
        [0, 2],
      ][Math.floor(random() * 5)];
      const onsets = rhythm.filter((onset) => onset < beats);
      onsets.forEach((onset, i) => {
        midi += Math.round((random() - 0.5) * 7) + (midi > 76 ? -2 : midi < 65 ? 2 : 0);
        const target = nearestTone(midi, root, tones);
        if (onset === 0 || random() < 0.7) midi = target;
        const length = ((onsets[i + 1] ?? beats) - onset) * 0.92;
        notes.push({ beat: beat + onset, beats: length, midi, velocity: 0.6 + 0.25 * random() });
      });
    }
    return notes.filter(({ beat }) => beat >= start);
  });
}

/** @param {number} midi @param {number} root @param {number[]} tones */
function nearestTone(midi, root, tones) {
  const isTone = (/** @type {number} */ note) => tones.some((tone) => (note - root - tone + 120) % 12 === 0);
  for (let distance = 0; ; distance++) {
    if (isTone(midi + distance)) return midi + distance;
    if (isTone(midi - distance)) return midi - distance;
  }
}

/**
 * @param {Score} score
 * @param {number} endBeat
 * @param {(beat: number) => number} secondsOf
 * @param {import("../../examples/synth/building-blocks.mjs").Stereo} bus
 */
function playDrums({ drums, beatsPerBar, looseness, seed }, endBeat, secondsOf, bus) {
  const random = createRandom(seed * 16);
  for (let bar = 0; bar < endBeat; bar += beatsPerBar) {
    for (const [drum, beats, velocity] of DRUM_BARS[drums]) {
      for (const beat of beats) {
        const start = Math.max(0, secondsOf(bar + beat) + (random() + random() - 1) * looseness * 0.6);
        KIT[drum](bus, start, velocity * (0.9 + 0.2 * random()), random);
      }
    }
  }
}
