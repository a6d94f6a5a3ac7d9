// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Agent, request } from "undici";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const REPORT_USAGE = new URL("report-usage.mjs", import.meta.url).href;

/**
 * The compiled server as a process of its own.
 * @param {string} place a folder, or a URL of PostgreSQL's
 * @param {string} engineUrl
 * @param {Record<string, string>} settings
 */
export async function startServer(place, engineUrl, settings = {}) {
  const store = place.startsWith("postgres:") ? { DATABASE_URL: place } : { DATA_DIR: place };
  const profiling = process.env.BENCH_NODE_OPTIONS?.split(" ") ?? [];
  const child = spawn(process.execPath, [...profiling, "--import", REPORT_USAGE, MAIN], {
    env: {
      PATH: process.env.PATH ?? "",
      PORT: "0",
      LOG_LEVEL: "error",
      // What is measured is not to be refused.
      MAX_LOOP_DELAY_MS: "0",
      ENGINE_URL: engineUrl,
      MAX_UPSTREAM_JOBS: "10000",
      MAX_STREAMS_PER_CLIENT: "10000",
      ...store,
      ...settings,
    },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const stdout = child.stdout;
  if (!stdout) throw new Error("The server has no output.");
  const [line] = await Promise.race([
    once(createInterface(stdout), "line"),
    once(child, "exit").then(() => Promise.reject(new Error("The server did not start."))),
  ]);
  const agent = new Agent({ connections: 64 });
  const url = `${/http:\S+/.exec(line)?.[0]}`;
  return {
    url,
    /** @param {string} query @param {Record<string, unknown>} variables @returns {Promise<any>} */
    async run(query, variables = {}) {
      const { body } = await request(url, {
        dispatcher: agent,
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = /** @type {any} */ (await body.json());
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    /**
     * @param {"heap"} [what] "heap": after a garbage collection
     * @returns {Promise<{ cpuMilliseconds: number, residentMegabytes: number, peakMegabytes: number, heapMegabytes: number, loopDelayMilliseconds: number }>}
     */
    async usage(what) {
      child.send(what ?? "usage");
      const [usage] = await once(child, "message");
      return usage;
    },
    /** @param {NodeJS.Signals} signal */
    async stop(signal = "SIGTERM") {
      const gone = child.exitCode === null && child.signalCode === null ? once(child, "exit") : null;
      child.kill(signal);
      await gone;
      await agent.destroy();
    },
  };
}

const SUBMIT = `mutation ($input: InpaintAudioInput!) {
  inpaintAudio(input: $input) { job { id } userErrors { message } }
}`;

/** @param {{ run(query: string, variables: Record<string, unknown>): Promise<any> }} server @returns {Promise<string>} */
export async function submitJob(server) {
  const input = { prompt: "rain", audioUrl: "https://files.example/clip.wav", maskStart: 2, maskEnd: 4 };
  const { inpaintAudio } = await server.run(SUBMIT, { input });
  if (!inpaintAudio.job) throw new Error(JSON.stringify(inpaintAudio.userErrors));
  return inpaintAudio.job.id;
}
