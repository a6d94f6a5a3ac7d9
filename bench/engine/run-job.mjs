// @ts-check
// One figure of bench/engine-jobs.mjs in a process of its own: node bench/engine/run-job.mjs file start end jobs [watched].
// Runs the whole engine, uploads the file, sends the jobs at once, three times in a row, and prints what they took as JSON:
// the first time with code still cold, then warm. Watching the process costs a part of what is to be measured, so memory and
// the main thread are looked at in a run of their own.
import { mkdtempSync, openAsBlob, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createEngine } from "../../dist/engine/engine.js";

/**
 * @typedef {object} Cost
 * @property {number} seconds Until the last job was done.
 * @property {number} cpuSeconds Of all threads.
 *
 * @typedef {object} Watched
 * @property {number} peakMegabytes Resident, of the whole process.
 * @property {number} delayMs The longest that the main thread was held up.
 */

const ROUNDS = 3;
const [file = "", startSeconds, endSeconds, jobs, watched] = process.argv.slice(2);
const dataDir = mkdtempSync(join(tmpdir(), "punchin-bench-"));
const engine = createEngine({ dataDir, workers: 2 });
const { url } = await engine.listen({ host: "127.0.0.1", port: 0 });
try {
  const audioUrl = await upload();
  // The upload's own garbage is not the job's.
  await sleep(500);
  globalThis.gc?.();
  console.log(JSON.stringify(watched === undefined ? await measure(audioUrl) : await watch(audioUrl)));
} finally {
  await engine.close();
  rmSync(dataDir, { recursive: true });
}

async function upload() {
  const query = "storage_type=fal-cdn-v3";
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ content_type: "audio/x", file_name: "clip" });
  const answer = await fetch(`${url}/storage/upload/initiate?${query}`, { method: "POST", headers, body });
  const { upload_url, file_url } = await answer.json();
  const put = await fetch(upload_url, {
    method: "PUT",
    headers: { "content-type": "audio/x" },
    body: await openAsBlob(file),
  });
  if (!put.ok) throw new Error(await put.text());
  return file_url;
}

/** @param {string} audioUrl @returns {Promise<Cost[]>} Of each round. */
async function measure(audioUrl) {
  const costs = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    const cpuBefore = process.cpuUsage();
    await runJobs(audioUrl);
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    costs.push({ seconds, cpuSeconds: (user + system) / 1e6 });
  }
  return costs;
}

/** @param {string} audioUrl @returns {Promise<Watched>} Over all rounds. */
async function watch(audioUrl) {
  let peak = 0;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 10);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let round = 0; round < ROUNDS; round++) await runJobs(audioUrl);
  delay.disable();
  clearInterval(sampling);
  return { peakMegabytes: peak / 2 ** 20, delayMs: delay.max / 1e6 };
}

/** @param {string} audioUrl */
async function runJobs(audioUrl) {
  await Promise.all(Array.from({ length: Number(jobs) }, () => runJob(audioUrl)));
}

/** @param {string} audioUrl */
async function runJob(audioUrl) {
  const input = {
    prompt: "strings",
    audio_url: audioUrl,
    mask_start: Number(startSeconds),
    mask_end: Number(endSeconds),
  };
  const app = `${url}/fal-ai/stable-audio-25`;
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${app}/inpaint`, { method: "POST", headers, body: JSON.stringify(input) });
  const { request_id } = await answer.json();
  const stream = await (await fetch(`${app}/requests/${request_id}/status/stream?logs=1`)).text();
  if (!/"status":\s*"COMPLETED"/.test(stream) || /"error":\s*"/.test(stream)) throw new Error(stream.slice(-500));
}
