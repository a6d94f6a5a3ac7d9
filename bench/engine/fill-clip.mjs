// @ts-check
import { inpaint } from "../../dist/engine/inpainting/inpaint.js";
import { decodeWav } from "../../dist/engine/inpainting/wav.js";
import { encodeWav } from "../../dist/engine/inpainting/wav-writer.js";

/** @typedef {import("./clips.mjs").Clip} Clip */

/**
 * Runs the engine as a job does: a file in, a file out. Clips go in as 32-bit float, so that "unchanged" means unchanged.
 *
 * @param {Clip} clip
 * @param {{ startSeconds: number, endSeconds: number, seed?: bigint }} task
 */
export async function fillClip(clip, { startSeconds, endSeconds, seed = 0n }) {
  /** @type {string[]} */
  const log = [];
  /** @type {Uint8Array[]} */
  const pieces = [];
  const bytes = encodeWav(clip.channels, clip.sampleRate, "float32");
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const result = await inpaint(
    {
      bytes,
      prompt: "",
      maskStartSeconds: startSeconds,
      maskEndSeconds: endSeconds,
      totalSeconds: null,
      seed,
      searchEffort: 8,
      guidanceScale: 1,
    },
    ({ message }) => log.push(message),
    (piece) => pieces.push(piece.slice()),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const channels = decodeWav(Buffer.concat(pieces)).channels.map((samples) => Float32Array.from(samples));
  const { matchScore, repeatedSeconds } = result;
  return { channels, seconds, cpuSeconds: (user + system) / 1e6, matchScore, repeatedSeconds, log };
}
