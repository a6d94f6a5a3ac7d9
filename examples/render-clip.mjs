// @ts-check
// Plays arrangement.mjs on the instruments in synth/ and writes clip.mp3 beside this file, and the Studio's shorter
// examples from the same score: node examples/render-clip.mjs
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createMp3Encoder } from "wasm-media-encoders";
import { bassNotes, drumHits, electricPianoNotes, melodyNotes, padNotes, pluckedNotes } from "./arrangement.mjs";
import { BEATS_PER_MINUTE, END_BEAT, SWING, TAIL_SECONDS } from "./score.mjs";
import { createStereo, SAMPLE_RATE } from "./synth/building-blocks.mjs";
import { KIT } from "./synth/drums.mjs";
import { addEcho, addReverb, applyAutoPan, applyChorus, master } from "./synth/effects.mjs";
import { playBass, playElectricPiano, playLead, playPad, playPluckedString } from "./synth/instruments.mjs";
import { createRandom } from "./synth/random.mjs";

/** @typedef {import("./synth/building-blocks.mjs").Stereo} Stereo */

const BEAT_SECONDS = 60 / BEATS_PER_MINUTE;
const TOTAL_SECONDS = END_BEAT * BEAT_SECONDS + TAIL_SECONDS;
const BITRATE_KBPS = 160;
/** The Studio's examples are fetched by pages: what they play, and how many beats of it. */
const STUDIO_BITRATE_KBPS = 96;
const STUDIO_EXAMPLES = [
  { name: "full-band", parts: null, beats: 32 },
  { name: "electric-piano", parts: ["electricPiano", "pad"], beats: 24 },
  { name: "drum-loop", parts: ["drums"], beats: 16 },
];
/** Below full scale before encoding; MP3 adds up to about half a decibel to single peaks. */
const PEAK_DECIBELS = -2;

/**
 * When a beat sounds: off-beat sixteenths fall late by the score's swing.
 *
 * @param {number} beat
 */
function secondsOf(beat) {
  const eighth = Math.floor(beat * 2) / 2;
  const within = (beat - eighth) * 2;
  const swung = within <= 0.5 ? within * 2 * SWING : SWING + (within - 0.5) * 2 * (1 - SWING);
  return (eighth + swung / 2) * BEAT_SECONDS;
}

/**
 * Plays one part on a bus of its own. Each note is a little early or late and a little louder or softer, as by hand.
 *
 * @param {import("./arrangement.mjs").ScoredNote[]} notes
 * @param {import("./synth/instruments.mjs").Instrument} play
 * @param {number} seed
 * @param {number} loosenessSeconds
 */
function renderPart(notes, play, seed, loosenessSeconds) {
  const random = createRandom(seed);
  const bus = createStereo(TOTAL_SECONDS);
  for (const note of notes) {
    const lateness = (random() + random() - 1) * loosenessSeconds;
    const start = Math.max(0, secondsOf(note.beat) + lateness);
    const velocity = note.velocity * (0.94 + 0.12 * random());
    play(bus, { start, length: note.beats * BEAT_SECONDS, midi: note.midi, velocity }, random);
  }
  return bus;
}

/** @param {number} seed */
function renderDrums(seed) {
  const random = createRandom(seed);
  const bus = createStereo(TOTAL_SECONDS);
  for (const { beat, drum, velocity } of drumHits()) {
    const start = Math.max(0, secondsOf(beat) + (random() + random() - 1) * 0.004);
    KIT[drum](bus, start, velocity * (0.92 + 0.16 * random()), random);
  }
  return bus;
}

/**
 * @param {Stereo} source
 * @param {Stereo} target
 * @param {number} gain
 */
function addTo(source, target, gain) {
  for (let index = 0; index < source.left.length; index++) {
    target.left[index] += gain * source.left[index];
    target.right[index] += gain * source.right[index];
  }
}

/**
 * @param {readonly string[] | null} [parts] Which of them; null: all.
 * @returns {Stereo} The finished piece.
 */
function renderPiece(parts = null) {
  const electricPiano = renderPart(electricPianoNotes(), playElectricPiano, 11, 0.007);
  applyChorus(electricPiano, 0.5);
  applyAutoPan(electricPiano, 4.4, 0.16);
  const pad = renderPart(padNotes(), playPad, 12, 0.004);
  applyChorus(pad, 0.7);
  const plucked = renderPart(pluckedNotes(), playPluckedString, 13, 0.006);
  const lead = renderPart(melodyNotes(), playLead, 14, 0.008);
  const bass = renderPart(bassNotes(), playBass, 15, 0.004);
  const drums = renderDrums(16);

  const mix = createStereo(TOTAL_SECONDS);
  const room = createStereo(TOTAL_SECONDS);
  for (const { name, bus, gain, roomGain } of [
    { name: "electricPiano", bus: electricPiano, gain: 0.25, roomGain: 0.08 },
    { name: "pad", bus: pad, gain: 0.4, roomGain: 0.18 },
    { name: "plucked", bus: plucked, gain: 1.0, roomGain: 0.3 },
    { name: "lead", bus: lead, gain: 0.88, roomGain: 0.26 },
    { name: "bass", bus: bass, gain: 0.7, roomGain: 0 },
    { name: "drums", bus: drums, gain: 0.85, roomGain: 0.08 },
  ]) {
    if (parts !== null && !parts.includes(name)) continue;
    addTo(bus, mix, gain);
    addTo(bus, room, roomGain);
  }
  if (parts === null) addEcho(lead, mix, { delaySeconds: 0.75 * BEAT_SECONDS, feedback: 0.4, gain: 0.12 });
  addReverb(room, mix, { decaySeconds: 1.5, gain: 0.55 });
  master(mix, PEAK_DECIBELS);
  return mix;
}

/**
 * The first so many beats, with a short fade at the cut.
 *
 * @param {Stereo} piece
 * @param {number} beats
 * @returns {Stereo}
 */
function cut(piece, beats) {
  const frames = Math.round(beats * BEAT_SECONDS * SAMPLE_RATE);
  const fadeFrames = Math.round(0.02 * SAMPLE_RATE);
  /** @param {Float32Array} samples */
  const shorten = (samples) =>
    samples.slice(0, frames).map((sample, frame) => sample * Math.min(1, (frames - frame) / fadeFrames));
  return { left: shorten(piece.left), right: shorten(piece.right) };
}

/**
 * @param {Stereo} piece
 * @param {number} bitrate
 * @returns {Promise<Buffer>} An MP3 file.
 */
async function encode(piece, bitrate) {
  const encoder = await createMp3Encoder();
  encoder.configure({ sampleRate: SAMPLE_RATE, channels: 2, bitrate: /** @type {96 | 160} */ (bitrate) });
  // Each call reuses the encoder's own memory, so its bytes are copied before the next.
  const body = Buffer.from(encoder.encode([piece.left, piece.right]));
  return Buffer.concat([body, Buffer.from(encoder.finalize())]);
}

/**
 * @param {string} place
 * @param {Stereo} piece
 * @param {number} bitrate
 */
async function write(place, piece, bitrate) {
  const path = fileURLToPath(new URL(place, import.meta.url));
  const file = await encode(piece, bitrate);
  await writeFile(path, file);
  const seconds = piece.left.length / SAMPLE_RATE;
  console.log(`${path}: ${seconds.toFixed(1)} s, ${Math.round(file.length / 1000)} kB`);
}

await write("clip.mp3", renderPiece(), BITRATE_KBPS);
for (const { name, parts, beats } of STUDIO_EXAMPLES) {
  await write(`../web/src/source/examples/${name}.mp3`, cut(renderPiece(parts), beats), STUDIO_BITRATE_KBPS);
}
