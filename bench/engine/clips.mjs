// @ts-check
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeAudio } from "../../dist/engine/inpainting/decode.js";
import { asFloat32 } from "../../dist/engine/inpainting/decoded-audio.js";
import { playScore } from "./play-score.mjs";

/** @typedef {{ name: string, sampleRate: number, channels: Float32Array[] }} Clip */

const EXAMPLE = fileURLToPath(new URL("../../examples/clip.mp3", import.meta.url));
const AUDIO_FILE = /\.(wav|mp3|flac|ogg|oga|opus|aiff?)$/i;

/** Plays the scores and adds the example clip. @param {import("./scores.mjs").Score[]} scores @returns {Promise<Clip[]>} */
export async function renderClips(scores) {
  return [...scores.map(playScore), { ...(await readClip(EXAMPLE)), name: "Spare Afternoon" }];
}

/** All audio files among the arguments, folders looked into. @param {string[]} paths @returns {Promise<Clip[]>} */
export async function readClips(paths) {
  const files = await Promise.all(
    paths.map(async (path) => {
      if (!(await stat(path)).isDirectory()) return [path];
      return (await readdir(path)).filter((name) => AUDIO_FILE.test(name)).map((name) => join(path, name));
    }),
  );
  return Promise.all(files.flat().sort().map(readClip));
}

/** @param {string} path @returns {Promise<Clip>} */
async function readClip(path) {
  const bytes = new Uint8Array(await readFile(path));
  const { channels, sampleRate } = await decodeAudio(bytes).catch((error) => {
    throw new Error(`${path}: ${error.message}`);
  });
  return {
    name: basename(path, extname(path)),
    sampleRate,
    channels: channels.map(asFloat32),
  };
}
