import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createRandom } from "../../src/engine/inpainting/random.js";
import { AudioFaultError, WorkerPool } from "../../src/engine/queue-server/worker-pool.js";
import type { WorkerRequest } from "../../src/engine/worker-messages.js";
import { aiffFile } from "../engine/inpainting/aiff-fixture.js";
import { beatLoop, wavFile } from "../engine/inpainting/fixtures.js";
import { flacFile, oggFlacFile } from "../engine/inpainting/flac-fixture.js";
import { mp3File } from "../engine/inpainting/mp3-fixture.js";
import { repairOgg, vorbisFile } from "../engine/inpainting/ogg-fixture.js";
import { mutate } from "./mutate.js";

/** Mutated files of each kind. */
const FILES = Number(process.env.FUZZ_FILES ?? 20);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const WORKERS = 2;
/** After so many mutations the file to mutate is made anew, for the kinds that are made from a seed. */
const FILES_PER_ORIGINAL = 20;
/** What the process may grow by from a fifth of a kind's files to the last of them: a leak of a tenth of a file each. */
const MAX_GROWTH_BYTES = 100e6;
const LONG_RUN = 500;

const RATE = 22_050;
const loop = beatLoop({ seconds: 2, sampleRate: RATE });
const mono = loop.slice(0, 1);
const opus = async () =>
  new Uint8Array(await readFile(new URL("../engine/inpainting/beat-loop.opus", import.meta.url)));

type Repair = (mutated: Uint8Array) => Uint8Array;
/** The last column makes checksums right again, so that damage gets as far as the decoder. */
const KINDS: [name: string, make: (seed: number) => Uint8Array | Promise<Uint8Array>, repair?: Repair][] = [
  ["16-bit WAV", () => wavFile(loop, { sampleRate: RATE })],
  [
    "float WAV with an extensible header",
    () => wavFile(loop, { sampleRate: RATE, depth: "float32", extensible: true }),
  ],
  ["AIFF", () => aiffFile(loop, { sampleRate: RATE, bits: 24 })],
  ["AIFF-C", () => aiffFile(mono, { sampleRate: RATE, codec: "fl64", bits: 64 })],
  ["MP3", () => mp3File(loop, RATE)],
  ["FLAC", () => flacFile(loop, { sampleRate: RATE })],
  ["FLAC with sound checksums", (seed) => flacFile(mono, { sampleRate: RATE, spoil: flipBits(seed) })],
  ["Ogg FLAC", () => oggFlacFile(loop, { sampleRate: RATE })],
  [
    "Ogg FLAC with sound checksums",
    (seed) => oggFlacFile(mono, { sampleRate: RATE, spoil: flipBits(seed) }),
    repairOgg,
  ],
  ["Ogg Vorbis", () => vorbisFile(loop, RATE)],
  ["Ogg Vorbis with sound checksums", () => vorbisFile(loop, RATE), repairOgg],
  ["Ogg Opus", opus],
  ["Ogg Opus with sound checksums", opus, repairOgg],
];

const pool = new WorkerPool({
  entry: new URL("../../dist/engine/inpaint-worker.js", import.meta.url),
  decodeTimeoutMs: 20_000,
  taskTimeoutMs: 60_000,
});
const folder = await mkdtemp(join(tmpdir(), "punchin-fuzz-"));
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true });
});

test.each(KINDS)(
  "mutated files of %s give a result or a refusal each, and lose no worker",
  {
    timeout: 60_000 + FILES * 1_000,
  },
  async (name, make, repair = (bytes) => bytes) => {
    let original = await make(SEED);
    const outcomes = { result: 0, refusal: 0 };
    let started = 0;
    let settledRss = 0;
    const workOff = async (): Promise<void> => {
      while (started < FILES) {
        const seed = SEED * 1_000_000 + started++;
        if (started % FILES_PER_ORIGINAL === 0) original = await make(seed);
        const mutated = repair(mutate(original, seed));
        outcomes[
          await inpaintMutated(mutated, join(folder, String(seed)), `${name}, FUZZ_SEED=${SEED}, file ${seed}`)
        ]++;
        if (started === Math.ceil(FILES / 5)) settledRss = process.memoryUsage.rss();
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, workOff));
    expect(outcomes.result + outcomes.refusal).toBe(FILES);
    if (FILES < LONG_RUN) return;
    const growthBytes = process.memoryUsage.rss() - settledRss;
    console.info(
      `${name}: ${outcomes.result} results, ${outcomes.refusal} refusals, ${Math.round(growthBytes / 1e6)} MB more`,
    );
    expect(growthBytes).toBeLessThan(MAX_GROWTH_BYTES);
  },
);

async function inpaintMutated(audio: Uint8Array, resultPath: string, name: string): Promise<"result" | "refusal"> {
  const task: WorkerRequest = {
    audio,
    resultPath,
    prompt: "",
    maskStartSeconds: 1,
    maskEndSeconds: 1.3,
    totalSeconds: null,
    seed: 0n,
    searchEffort: 4,
    guidanceScale: 1,
  };
  try {
    await pool.run(task, { onReport: () => {}, signal: new AbortController().signal });
    expect((await readFile(resultPath)).toString("latin1", 0, 4), name).toBe("RIFF");
    return "result";
  } catch (error) {
    if (error instanceof AudioFaultError) {
      expect(error.fault.loc[0], name).toBe("body");
      return "refusal";
    }
    throw new Error(`Lost a worker to ${name}`, { cause: error });
  } finally {
    await rm(resultPath, { force: true });
  }
}

/** Damages one frame of three before its checksum is made. */
function flipBits(seed: number): (frame: Uint8Array, index: number) => void {
  const random = createRandom(BigInt(seed));
  return (frame, index) => {
    if (index % 3 !== 1) return;
    for (let flips = 0; flips < 4; flips++) {
      const at = Math.floor(random() * frame.length);
      frame[at] = (frame[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    }
  };
}
