// @ts-check
// How each server is started, in a process of its own that tells what it uses.
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer, submitJob } from "../support/server.mjs";

/** Where Linux has one. */
const RAM_DISK = "/dev/shm";
const REPORT_USAGE = new URL("../support/report-usage.mjs", import.meta.url).href;

/** @typedef {{ cpuMilliseconds: number, residentMegabytes: number, peakMegabytes: number, heapMegabytes: number, loopDelayMilliseconds: number }} Usage */
/** @typedef {{ url: string, jobId: string, usage(what?: "heap"): Promise<Usage>, stop(): Promise<unknown> }} Server */
/** @typedef {{ jobs: number, lines: number }} History jobs that have ended, and the log lines of each */
/** @typedef {(upstreamUrl: string, history: History) => Promise<Server>} Start */

/** @param {string} file @param {string[]} extra @returns {Start} */
function peer(file, ...extra) {
  return async (upstreamUrl, { jobs, lines }) => {
    const path = fileURLToPath(new URL(`servers/${file}.mjs`, import.meta.url));
    const child = fork(path, [upstreamUrl, String(jobs), String(lines), ...extra], {
      execArgv: ["--import", REPORT_USAGE],
      env: { PATH: process.env.PATH, NODE_ENV: "production" },
    });
    const [url] = await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => Promise.reject(new Error(`${file} did not start`))),
    ]);
    return {
      url: String(url),
      jobId: "job-0",
      async usage(what) {
        child.send(what ?? "usage");
        const [usage] = await once(child, "message");
        return usage;
      },
      async stop() {
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      },
    };
  };
}

/** fal's own proxy, which serves fal's API and no GraphQL. */
export const startProxy = peer("server-proxy");

/**
 * Its history is made by jobs that ran: the upstream must end them by itself. It does not look at clips before it accepts
 * a job, as the peers don't: there is none at the address.
 * @param {string} parentFolder @returns {Start}
 */
const punchin =
  (parentFolder) =>
  async (upstreamUrl, { jobs }) => {
    const folder = mkdtempSync(join(parentFolder, "punchin-peers-"));
    const server = await startServer(folder, upstreamUrl, { MAX_STREAMS: "20000", PREFLIGHT: "off" });
    const [jobId = ""] = await Promise.all(Array.from({ length: jobs }, () => submitJob(server)));
    const unfinished = async () => {
      const { inpaintJobs } = await server.run("{ inpaintJobs(first: 50) { nodes { status } } }");
      return inpaintJobs.nodes.some((/** @type {{ status: string }} */ { status }) => status !== "COMPLETED");
    };
    while (await unfinished());
    return {
      url: server.url,
      jobId,
      usage: server.usage,
      async stop() {
        await server.stop("SIGKILL");
        rmSync(folder, { recursive: true, force: true });
      },
    };
  };

export const PUNCHIN = "Punchin";
/** What its durability costs shows beside it: there a commit waits for no disk. */
export const PUNCHIN_IN_MEMORY = "Punchin on a RAM disk";
export const APOLLO = "Apollo Server 5";
export const YOGA = "GraphQL Yoga";
export const MERCURIUS = "Mercurius";
export const MERCURIUS_JIT = "Mercurius, JIT";
export const RAW_HTTP = "raw node:http";
export const RAW_WS = "raw ws broadcast";
export const RAW_JOBS = "raw undici and ws";

/** All on Type-GraphQL's resolvers, but for the raw ones. @type {Record<string, Start>} */
const SERVERS = {
  [PUNCHIN]: punchin(tmpdir()),
  ...(existsSync(RAM_DISK) && { [PUNCHIN_IN_MEMORY]: punchin(RAM_DISK) }),
  [APOLLO]: peer("apollo"),
  [YOGA]: peer("yoga"),
  [MERCURIUS]: peer("mercurius"),
  [MERCURIUS_JIT]: peer("mercurius", "jit"),
  [RAW_HTTP]: peer("raw-http"),
  [RAW_WS]: peer("raw-ws"),
  [RAW_JOBS]: peer("raw-jobs"),
};

/**
 * Whose turn it is, round by round, each round beginning with another one.
 * @param {readonly string[]} names
 * @param {number} rounds
 */
export function* turns(names, rounds) {
  for (let round = 0; round < rounds; round += 1) {
    for (let index = 0; index < names.length; index += 1) yield names[(index + round) % names.length] ?? "";
  }
}

/** @param {string} name @param {string} upstreamUrl @param {History} history */
export function startNamed(name, upstreamUrl, history = { jobs: 0, lines: 0 }) {
  const start = SERVERS[name];
  if (!start) throw new Error(`There is no server "${name}".`);
  return start(upstreamUrl, history);
}
