// @ts-check

/**
 * "Spare Afternoon": sixteen bars in F, four sections of four bars (A, A with a turn, B, A again) and a last chord.
 * Everything is counted in quarter-note beats from the start; note numbers are MIDI's, velocities 0..1.
 */

export const BEATS_PER_MINUTE = 112;
export const BEATS_PER_BAR = 4;
/** Where the off-beat sixteenth falls within its eighth: 0.5 is straight, 0.67 a full shuffle. */
export const SWING = 0.57;
/** The last chord begins here. */
export const END_BEAT = 64;
/** Time for the last chord and the room to die away. */
export const TAIL_SECONDS = 2.4;

/** @typedef {{ root: number, voicing: number[] }} Chord */
/** @typedef {[beat: number, midi: number, beats: number, velocity: number]} MelodyNote */

/** @satisfies {Record<string, Chord>} */
const CHORDS = {
  fMajor9: { root: 41, voicing: [57, 60, 64, 67] },
  aMinor7: { root: 33, voicing: [55, 60, 64, 67] },
  dMinor9: { root: 38, voicing: [53, 57, 60, 64] },
  bFlatMajor9: { root: 34, voicing: [57, 60, 62, 65] },
  gMinor9: { root: 31, voicing: [58, 62, 65, 69] },
  c9Suspended: { root: 36, voicing: [58, 62, 65, 67] },
  c13: { root: 36, voicing: [58, 62, 64, 69] },
};

/** What each section plays: its chords (beat within the section) and its tune. */
const VERSE_CHORDS = /** @type {[number, Chord][]} */ ([
  [0, CHORDS.fMajor9],
  [4, CHORDS.aMinor7],
  [8, CHORDS.dMinor9],
  [12, CHORDS.bFlatMajor9],
  [14, CHORDS.c13],
]);
const BRIDGE_CHORDS = /** @type {[number, Chord][]} */ ([
  [0, CHORDS.bFlatMajor9],
  [4, CHORDS.aMinor7],
  [6, CHORDS.dMinor9],
  [8, CHORDS.bFlatMajor9],
  [12, CHORDS.gMinor9],
  [14, CHORDS.c9Suspended],
]);

/** @type {MelodyNote[]} */
const VERSE_OPENING = [
  [0, 69, 0.7, 0.72],
  [0.75, 72, 0.7, 0.66],
  [1.5, 74, 0.45, 0.7],
  [2, 76, 1.4, 0.84],
  [3.5, 74, 0.45, 0.62],
  [4, 72, 0.9, 0.76],
  [5, 69, 0.45, 0.6],
  [5.5, 67, 0.45, 0.62],
  [6, 69, 1.6, 0.74],
  [8, 69, 0.7, 0.7],
  [8.75, 72, 0.7, 0.68],
  [9.5, 74, 0.45, 0.72],
];
/** @type {MelodyNote[]} */
const VERSE = [
  ...VERSE_OPENING,
  [10, 77, 0.95, 0.86],
  [11, 76, 0.45, 0.7],
  [11.5, 72, 0.45, 0.64],
  [12, 74, 1.4, 0.78],
  [13.5, 72, 0.45, 0.62],
  [14, 69, 0.95, 0.72],
  [15, 67, 0.9, 0.6],
];
/** @type {MelodyNote[]} */
const VERSE_WITH_TURN = [
  ...VERSE_OPENING,
  [10, 77, 0.7, 0.86],
  [10.75, 79, 0.7, 0.8],
  [11.5, 76, 0.45, 0.7],
  [12, 77, 0.7, 0.82],
  [12.75, 74, 0.7, 0.7],
  [13.5, 72, 0.45, 0.66],
  [14, 74, 0.45, 0.7],
  [14.5, 76, 1.3, 0.8],
];
/** @type {MelodyNote[]} */
const BRIDGE = [
  [0, 77, 2.3, 0.86],
  [2.5, 76, 0.45, 0.68],
  [3, 74, 0.9, 0.7],
  [4, 76, 1.4, 0.8],
  [5.5, 72, 0.45, 0.66],
  [6, 77, 0.95, 0.78],
  [7, 76, 0.45, 0.7],
  [7.5, 74, 0.45, 0.66],
  [8, 77, 2.3, 0.88],
  [10.5, 79, 0.45, 0.74],
  [11, 81, 0.9, 0.84],
  [12, 82, 0.7, 0.88],
  [12.75, 81, 0.7, 0.78],
  [13.5, 77, 0.45, 0.72],
  [14, 79, 1.7, 0.86],
];

/**
 * @typedef {object} Section
 * @property {number} beat
 * @property {[number, Chord][]} chords
 * @property {MelodyNote[]} melody
 * @property {boolean} bridge The bridge holds its chords under plucked runs; the verses strike them.
 * @property {number} energy Scales all velocities.
 * @property {boolean} answered The plucked string answers the tune from the second verse on.
 */

/** @type {Section[]} */
export const SECTIONS = [
  { beat: 0, chords: VERSE_CHORDS, melody: VERSE, bridge: false, energy: 0.92, answered: false },
  { beat: 16, chords: VERSE_CHORDS, melody: VERSE_WITH_TURN, bridge: false, energy: 0.97, answered: true },
  { beat: 32, chords: BRIDGE_CHORDS, melody: BRIDGE, bridge: true, energy: 1, answered: false },
  { beat: 48, chords: VERSE_CHORDS, melody: VERSE, bridge: false, energy: 1, answered: true },
];

/**
 * The chords of a section with their lengths.
 *
 * @param {Section} section
 */
export function chordSpans(section) {
  return section.chords.map(([beat, chord], index) => {
    const next = section.chords[index + 1];
    return { beat: section.beat + beat, beats: (next ? next[0] : 16) - beat, chord };
  });
}
