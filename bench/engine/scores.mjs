// @ts-check

/**
 * A lead sheet: one chord or more per bar (a bar's chords separated by spaces, bars by |), a form that strings the
 * sections together, and who plays. The tune is composed by play-score.mjs from `seed`.
 *
 * @typedef {object} Score
 * @property {string} name
 * @property {number} beatsPerMinute
 * @property {number} beatsPerBar
 * @property {number} swing Where the off-beat sixteenth falls within its eighth: 0.5 is straight.
 * @property {string} form Sections in order, by letter.
 * @property {Record<string, string>} sections Chords by letter.
 * @property {"four" | "back" | "ride" | "waltz" | "half" | "none"} drums
 * @property {{ melody: "lead" | "plucked" | "piano", chords: "piano" | "pad" | "plucked" | "none", bass: "roots" | "walking" | "none" }} players
 * @property {number} looseness How far notes stray from the beat, in seconds.
 * @property {boolean} throughComposed A tune that never comes back: the chords do.
 * @property {number} seed
 */

/** Settings of the engine may be tried out on these … @type {Score[]} */
export const TUNING_SCORES = [
  {
    name: "Morning Tram",
    beatsPerMinute: 118,
    beatsPerBar: 4,
    swing: 0.5,
    form: "AABABA",
    sections: { A: "D | A | Bm7 | Gmaj7 | D | A | G | A7", B: "Em7 | F#m7 | Gmaj7 | A7" },
    drums: "back",
    players: { melody: "lead", chords: "piano", bass: "roots" },
    looseness: 0.006,
    throughComposed: false,
    seed: 101,
  },
  {
    name: "Slow Harbour",
    beatsPerMinute: 76,
    beatsPerBar: 4,
    swing: 0.5,
    form: "ABAB",
    sections: { A: "Cmaj7 | Am7 | Fmaj7 | G", B: "Dm7 | Em7 | Fmaj7 | G7" },
    drums: "half",
    players: { melody: "plucked", chords: "pad", bass: "roots" },
    looseness: 0.01,
    throughComposed: false,
    seed: 102,
  },
  {
    name: "Corner Shuffle",
    beatsPerMinute: 132,
    beatsPerBar: 4,
    swing: 0.64,
    form: "AAA",
    sections: { A: "F7 | Bb7 | F7 | F7 | Bb7 | Bb7 | F7 | D7 | Gm7 | C7 | F7 | C7" },
    drums: "ride",
    players: { melody: "piano", chords: "plucked", bass: "walking" },
    looseness: 0.008,
    throughComposed: true,
    seed: 103,
  },
  {
    name: "Paper Waltz",
    beatsPerMinute: 150,
    beatsPerBar: 3,
    swing: 0.5,
    form: "AABBAA",
    sections: { A: "G | Em7 | Am7 | D7 | G | C | D7 | G", B: "C | Bm7 | Am7 | D7 | C | Bm7 | A7 | D7" },
    drums: "waltz",
    players: { melody: "piano", chords: "plucked", bass: "roots" },
    looseness: 0.008,
    throughComposed: false,
    seed: 104,
  },
];

/** … and figures come from these. @type {Score[]} */
export const REPORT_SCORES = [
  {
    name: "Glass Steps",
    beatsPerMinute: 126,
    beatsPerBar: 4,
    swing: 0.5,
    form: "AABBAACA",
    sections: { A: "Am7 | Fmaj7 | C | G", B: "Dm7 | Am7 | F | E7", C: "Fmaj7 | G | Em7 | Am7" },
    drums: "four",
    players: { melody: "plucked", chords: "pad", bass: "roots" },
    looseness: 0.002,
    throughComposed: false,
    seed: 201,
  },
  {
    name: "Low Tide",
    beatsPerMinute: 88,
    beatsPerBar: 4,
    swing: 0.56,
    form: "ABACAB",
    sections: { A: "Em7 | Cmaj7 | G | D", B: "Am7 | Bm7 | Cmaj7 | D", C: "Cmaj7 | D | Em7 | Em7" },
    drums: "back",
    players: { melody: "lead", chords: "piano", bass: "roots" },
    looseness: 0.008,
    throughComposed: false,
    seed: 202,
  },
  {
    name: "Two Doors",
    beatsPerMinute: 104,
    beatsPerBar: 4,
    swing: 0.5,
    form: "ABABAB",
    sections: { A: "Bb | Gm7 | Ebmaj7 | F7", B: "Cm7 | F7 | Bb | Bb" },
    drums: "ride",
    players: { melody: "lead", chords: "plucked", bass: "walking" },
    looseness: 0.007,
    throughComposed: true,
    seed: 203,
  },
  {
    name: "Kitchen Reel",
    beatsPerMinute: 168,
    beatsPerBar: 3,
    swing: 0.5,
    form: "AABBCCAA",
    sections: {
      A: "D | G | A7 | D | D | G | A7 | D",
      B: "Bm7 | G | Em7 | A7 | Bm7 | G | A7 | D",
      C: "G | D | Em7 | A7",
    },
    drums: "waltz",
    players: { melody: "plucked", chords: "piano", bass: "roots" },
    looseness: 0.009,
    throughComposed: false,
    seed: 204,
  },
  {
    name: "Lamp Blues",
    beatsPerMinute: 112,
    beatsPerBar: 4,
    swing: 0.62,
    form: "AAB",
    sections: {
      A: "C7 | C7 | C7 | C7 | F7 | F7 | C7 | C7 | G7 | F7 | C7 | G7",
      B: "F7 | F7 | C7 | A7 | Dm7 | G7 | C7 | G7",
    },
    drums: "back",
    players: { melody: "piano", chords: "none", bass: "walking" },
    looseness: 0.01,
    throughComposed: true,
    seed: 205,
  },
  {
    name: "Unlit Stairs",
    beatsPerMinute: 66,
    beatsPerBar: 4,
    swing: 0.5,
    form: "ABAC",
    sections: { A: "Dm7 | Bb | F | C", B: "Gm7 | Dm7 | Bb | A7", C: "Bb | C | Dm7 | Dm7" },
    drums: "none",
    players: { melody: "piano", chords: "pad", bass: "none" },
    looseness: 0.016,
    throughComposed: false,
    seed: 206,
  },
];
