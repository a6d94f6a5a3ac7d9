// @ts-check
// What each player makes of the score: chords struck or held, the bass line, plucked answers, the drum pattern.
import { BEATS_PER_BAR, chordSpans, END_BEAT, SECTIONS } from "./score.mjs";

/** @typedef {{ beat: number, beats: number, midi: number, velocity: number }} ScoredNote */
/** @typedef {{ beat: number, drum: keyof typeof import("./synth/drums.mjs").KIT, velocity: number }} ScoredHit */
/** @typedef {import("./score.mjs").MelodyNote} MelodyNote */

/** @returns {ScoredNote[]} */
export function melodyNotes() {
  const tune = SECTIONS.flatMap((section) =>
    section.melody.map(([beat, midi, beats, velocity]) => ({
      beat: section.beat + beat,
      beats,
      midi,
      velocity: velocity * section.energy,
    })),
  );
  return [...tune, { beat: END_BEAT, beats: 2.4, midi: 72, velocity: 0.7 }];
}

/** @returns {ScoredNote[]} */
export function electricPianoNotes() {
  /** @type {ScoredNote[]} */
  const notes = [];
  for (const section of SECTIONS) {
    for (const { beat, beats, chord } of chordSpans(section)) {
      /** @type {[number, number, number][]} */
      const strokes = section.bridge
        ? [[0, beats * 0.96, 0.5]]
        : beats === 2
          ? [
              [0, 1.3, 0.64],
              [1.5, 0.4, 0.5],
            ]
          : [
              [0, 1.35, 0.68],
              [1.5, 0.35, 0.5],
              [2.75, 1.1, 0.58],
            ];
      for (const [offset, length, velocity] of strokes) {
        for (const midi of chord.voicing) {
          notes.push({ beat: beat + offset, beats: length, midi, velocity: velocity * section.energy });
        }
      }
    }
  }
  for (const midi of [53, 57, 60, 64, 67]) notes.push({ beat: END_BEAT, beats: 3.2, midi, velocity: 0.6 });
  return notes;
}

/** @returns {ScoredNote[]} */
export function padNotes() {
  return SECTIONS.flatMap((section) =>
    chordSpans(section).flatMap(({ beat, beats, chord }) =>
      chord.voicing.map((midi) => ({ beat, beats, midi, velocity: section.bridge ? 0.85 : 0.4 })),
    ),
  );
}

/** @returns {ScoredNote[]} */
export function bassNotes() {
  /** @type {ScoredNote[]} */
  const notes = [];
  const spans = SECTIONS.flatMap((section) => chordSpans(section).map((span) => ({ ...span, section })));
  for (const [index, { beat, beats, chord, section }] of spans.entries()) {
    const nextRoot = spans[index + 1]?.chord.root ?? 41;
    const approach = nextRoot + (nextRoot > chord.root ? -1 : 2);
    /** @type {MelodyNote[]} */
    const line =
      beats === 2
        ? [
            [0, chord.root, 1.2, 0.84],
            [1.5, approach, 0.4, 0.62],
          ]
        : section.bridge
          ? [
              [0, chord.root, 1.9, 0.86],
              [2, chord.root + 7, 0.9, 0.7],
              [3, chord.root + 12, 0.45, 0.66],
              [3.5, approach, 0.45, 0.66],
            ]
          : [
              [0, chord.root, 1.2, 0.86],
              [1.5, chord.root, 0.35, 0.6],
              [2.5, chord.root + 7, 0.45, 0.72],
              [3, chord.root + 12, 0.4, 0.68],
              [3.5, approach, 0.42, 0.66],
            ];
    for (const [offset, midi, length, velocity] of line) {
      notes.push({ beat: beat + offset, beats: length, midi, velocity: velocity * section.energy });
    }
  }
  return [...notes, { beat: END_BEAT, beats: 2.6, midi: 29, velocity: 0.8 }];
}

/** @returns {ScoredNote[]} */
export function pluckedNotes() {
  /** @type {ScoredNote[]} */
  const notes = [];
  for (const section of SECTIONS) {
    for (const { beat, beats, chord } of chordSpans(section)) {
      const tones = [...chord.voicing, chord.voicing[0] + 12, chord.voicing[1] + 12];
      if (section.bridge) {
        // Eighths up and down the chord, an octave above the piano.
        const order = [0, 2, 1, 3, 4, 3, 5, 3];
        for (let step = 0; step < beats * 2; step++) {
          const midi = tones[order[step % order.length]] + 12;
          notes.push({ beat: beat + step / 2, beats: 0.48, midi, velocity: step % 4 === 0 ? 0.74 : 0.58 });
        }
      } else if (section.answered) {
        const answer = beats === 2 ? [0.5, 1] : [0.5, 1, 2.5, 3.25];
        for (const [index, offset] of answer.entries()) {
          const midi = tones[(index * 2 + 1) % tones.length] + 12;
          notes.push({ beat: beat + offset, beats: 0.4, midi, velocity: 0.6 - 0.04 * (index % 2) });
        }
      }
    }
  }
  for (const [index, midi] of [60, 64, 67, 72, 76, 79].entries()) {
    notes.push({ beat: END_BEAT + index * 0.25, beats: 2.5, midi, velocity: 0.6 - index * 0.04 });
  }
  return notes;
}

/** @type {[number, ScoredHit["drum"], number][]} */
const VERSE_BAR = [
  [0, "kick", 0.9],
  [1, "snare", 0.72],
  [1.75, "kick", 0.5],
  [2.5, "kick", 0.78],
  [3, "snare", 0.76],
  [3.75, "rim", 0.3],
  [0, "hat", 0.62],
  [0.5, "hat", 0.42],
  [1, "hat", 0.6],
  [1.5, "hat", 0.44],
  [1.75, "hat", 0.26],
  [2, "hat", 0.6],
  [2.5, "hat", 0.42],
  [3, "hat", 0.58],
  [3.5, "openHat", 0.4],
];
/** @type {[number, ScoredHit["drum"], number][]} */
const BRIDGE_BAR = [
  [0, "kick", 0.86],
  [2, "kick", 0.74],
  [3.5, "kick", 0.5],
  [1, "rim", 0.75],
  [3, "rim", 0.8],
  [0, "ride", 0.6],
  [1, "ride", 0.7],
  [1.75, "ride", 0.4],
  [2, "ride", 0.6],
  [3, "ride", 0.7],
  [3.75, "ride", 0.4],
];
/** @type {[number, ScoredHit["drum"], number][]} */
const FILL = [
  [2, "snare", 0.5],
  [2.5, "snare", 0.46],
  [2.75, "snare", 0.56],
  [3.25, "snare", 0.64],
  [3.5, "snare", 0.74],
  [3.75, "snare", 0.82],
];

/** @returns {ScoredHit[]} */
export function drumHits() {
  /** @type {ScoredHit[]} */
  const hits = [];
  for (const section of SECTIONS) {
    for (let bar = 0; bar < 4; bar++) {
      const start = section.beat + bar * BEATS_PER_BAR;
      for (const [offset, drum, velocity] of section.bridge ? BRIDGE_BAR : VERSE_BAR) {
        hits.push({ beat: start + offset, drum, velocity: velocity * section.energy });
      }
      if (section.bridge) {
        for (let step = 0; step < 16; step++) {
          hits.push({ beat: start + step / 4, drum: "shaker", velocity: [0.6, 0.3, 0.46, 0.34][step % 4] });
        }
      }
    }
    if (section.bridge) {
      for (const [offset, drum, velocity] of FILL) hits.push({ beat: section.beat + 12 + offset, drum, velocity });
    }
    if (section.beat >= 32) hits.push({ beat: section.beat, drum: "crash", velocity: 0.7 });
  }
  hits.push({ beat: END_BEAT, drum: "kick", velocity: 0.85 }, { beat: END_BEAT, drum: "crash", velocity: 0.6 });
  return hits;
}
