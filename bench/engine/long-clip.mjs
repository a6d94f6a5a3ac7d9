// @ts-check
import { playScore } from "./play-score.mjs";
import { REPORT_SCORES } from "./scores.mjs";

const pieces = REPORT_SCORES.slice(0, 4).map(playScore);

/** Pieces one after the other, over and over. @param {number} seconds */
export function clipOf(seconds) {
  const sampleRate = pieces[0].sampleRate;
  const channels = [0, 1].map((channel) => {
    const samples = new Float32Array(seconds * sampleRate);
    for (let at = 0, next = 0; at < samples.length; next++) {
      const piece = pieces[next % pieces.length].channels[channel];
      samples.set(piece.subarray(0, samples.length - at), at);
      at += piece.length;
    }
    return samples;
  });
  return { name: `${seconds} s`, sampleRate, channels };
}
