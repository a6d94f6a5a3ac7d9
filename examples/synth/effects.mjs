// @ts-check
import { createFilter, SAMPLE_RATE } from "./building-blocks.mjs";

/** @typedef {import("./building-blocks.mjs").Stereo} Stereo */

const TURN = 2 * Math.PI;

/**
 * Reads a ring buffer a fractional number of samples back.
 *
 * @param {Float64Array} line
 * @param {number} position Where the newest sample stands.
 * @param {number} delaySamples
 */
function readDelayed(line, position, delaySamples) {
  const whole = Math.floor(delaySamples);
  const fraction = delaySamples - whole;
  const near = line[(position - whole + line.length) % line.length];
  const far = line[(position - whole - 1 + line.length) % line.length];
  return near + fraction * (far - near);
}

/**
 * Chorus in place: each channel is mixed with a copy whose delay sways, left and right out of step.
 *
 * @param {Stereo} bus
 * @param {number} mix 0..1
 */
export function applyChorus(bus, mix) {
  for (const [channel, offset] of /** @type {const} */ ([
    [bus.left, 0],
    [bus.right, 0.31],
  ])) {
    const line = new Float64Array(Math.ceil(0.03 * SAMPLE_RATE));
    for (let index = 0; index < channel.length; index++) {
      const position = index % line.length;
      line[position] = channel[index];
      const sway = Math.sin(TURN * (0.63 * (index / SAMPLE_RATE) + offset));
      const delayed = readDelayed(line, position, (0.011 + 0.0028 * sway) * SAMPLE_RATE);
      channel[index] = channel[index] * (1 - 0.3 * mix) + delayed * mix * 0.7;
    }
  }
}

/**
 * Slow swing of the level from side to side in place, as electric pianos have it.
 *
 * @param {Stereo} bus
 * @param {number} rateHz
 * @param {number} depth 0..1
 */
export function applyAutoPan(bus, rateHz, depth) {
  for (let index = 0; index < bus.left.length; index++) {
    const swing = depth * Math.sin((TURN * rateHz * index) / SAMPLE_RATE);
    bus.left[index] *= 1 + swing;
    bus.right[index] *= 1 - swing;
  }
}

/**
 * Echoes that wander from side to side and get darker, added to `target`.
 *
 * @param {Stereo} source
 * @param {Stereo} target
 * @param {{ delaySeconds: number, feedback: number, gain: number }} settings
 */
export function addEcho(source, target, { delaySeconds, feedback, gain }) {
  const length = Math.round(delaySeconds * SAMPLE_RATE);
  const lines = [new Float64Array(length), new Float64Array(length)];
  let leftTone = 0;
  let rightTone = 0;
  for (let index = 0; index < source.left.length; index++) {
    const position = index % length;
    leftTone += 0.3 * (lines[0][position] - leftTone);
    rightTone += 0.3 * (lines[1][position] - rightTone);
    lines[0][position] = 0.5 * (source.left[index] + source.right[index]) + feedback * rightTone;
    lines[1][position] = leftTone;
    target.left[index] += gain * leftTone;
    target.right[index] += gain * rightTone;
  }
}

/**
 * A small room: eight delay lines that feed each other and lose their highs first, added to `target`.
 *
 * @param {Stereo} source
 * @param {Stereo} target
 * @param {{ decaySeconds: number, gain: number }} settings `decaySeconds`: time to fall by 60 dB.
 */
export function addReverb(source, target, { decaySeconds, gain }) {
  // Prime lengths of 23 to 53 ms: no two lines ring together.
  const lengths = [1013, 1163, 1327, 1499, 1693, 1867, 2083, 2333];
  const lines = lengths.map((length) => new Float64Array(length));
  const losses = lengths.map((length) => 10 ** ((-3 * length) / (decaySeconds * SAMPLE_RATE)));
  const tones = new Float64Array(lengths.length);
  const outputs = new Float64Array(lengths.length);
  const preDelay = Math.round(0.016 * SAMPLE_RATE);
  for (let index = preDelay; index < source.left.length; index++) {
    let sum = 0;
    for (let line = 0; line < lines.length; line++) {
      const value = lines[line][index % lengths[line]];
      tones[line] += 0.55 * (value - tones[line]);
      outputs[line] = tones[line] * losses[line];
      sum += outputs[line];
    }
    const shared = sum * (2 / lines.length);
    for (let line = 0; line < lines.length; line++) {
      const input = line % 2 === 0 ? source.left[index - preDelay] : source.right[index - preDelay];
      lines[line][index % lengths[line]] = input + outputs[line] - shared;
    }
    target.left[index] += gain * (outputs[0] - outputs[2] + outputs[4] - outputs[6]);
    target.right[index] += gain * (outputs[1] - outputs[3] + outputs[5] - outputs[7]);
  }
}

/**
 * Mastering in place: cuts rumble, evens out the level gently, rounds the highest peaks, fades out the last half second
 * and sets the loudest sample.
 *
 * @param {Stereo} mix
 * @param {number} peakDecibels Below full scale, for example -2.
 */
export function master(mix, peakDecibels) {
  const leftFilter = createFilter();
  const rightFilter = createFilter();
  const attack = 1 - Math.exp(-1 / (0.012 * SAMPLE_RATE));
  const release = 1 - Math.exp(-1 / (0.18 * SAMPLE_RATE));
  const threshold = 0.16;
  let power = 0;
  let peak = 0;
  for (let index = 0; index < mix.left.length; index++) {
    const left = leftFilter(mix.left[index], 30, 0.7).high;
    const right = rightFilter(mix.right[index], 30, 0.7).high;
    const now = 0.5 * (left * left + right * right);
    power += (now > power ? attack : release) * (now - power);
    const level = Math.sqrt(power);
    const compression = level > threshold ? (threshold / level) ** 0.45 : 1;
    const fade = Math.min(1, (mix.left.length - index) / (0.5 * SAMPLE_RATE));
    mix.left[index] = fade * Math.tanh(1.5 * compression * left);
    mix.right[index] = fade * Math.tanh(1.5 * compression * right);
    peak = Math.max(peak, Math.abs(mix.left[index]), Math.abs(mix.right[index]));
  }
  const scale = 10 ** (peakDecibels / 20) / peak;
  for (const channel of [mix.left, mix.right]) {
    for (let index = 0; index < channel.length; index++) channel[index] *= scale;
  }
}
