// @ts-check
// One figure of bench/engine-jobs.mjs in a process of its own: node bench/engine/run-job.mjs file start end jobs. Runs the
// whole engine, uploads the file, sends the jobs at once and prints what they took as JSON.
import { mkdtempSync, openAsBlob, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createEngine } from "../../dist/engine/engine.js";

/**
 * @typedef {object} JobCost
 * @property {number} seconds Until the last job was done.
 * @property {number} cpuSeconds Of all threads.
 * @property {number} peakMegabytes Resident, of the whole process.
 * @property {number} touchedMegabytes Memory that was touched for the first time, which costs the kernel a page fault each 4 KiB.
 * @property {number} delayMs The longest that the main thread was held up.
 */

const [file = "", startSeconds, endSeconds, jobs] = process.argv.slice(2);
const dataDir = mkdtempSync(join(tmpdir(), "punchin-bench-"));
const engine = createEngine({ dataDir, workers: 2 });
const { url } = await engine.listen({ host: "127.0.0.1", port: 0 });
try {
  const audioUrl = await upload();
  // The upload's own garbage is not the job's.
  await sleep(500);
  globalThis.gc?.();
  console.log(JSON.stringify(await measure(audioUrl)));
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

/** @param {string} audioUrl @returns {Promise<JobCost>} */
async function measure(audioUrl) {
  let peak = 0;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 10);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const faultsBefore = process.resourceUsage().minorPageFault;
  await Promise.all(Array.from({ length: Number(jobs) }, () => runJob(audioUrl)));
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const touchedMegabytes = (process.resourceUsage().minorPageFault - faultsBefore) / 256;
  delay.disable();
  clearInterval(sampling);
  const delayMs = delay.max / 1e6;
  return { seconds, cpuSeconds: (user + system) / 1e6, peakMegabytes: peak / 2 ** 20, touchedMegabytes, delayMs };
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
