// @ts-check
// Punchin beside other GraphQL servers, on the same schema and resolvers, each in a process of its own; ours durable on
// SQLite, the others in memory. Every round measures all of them, beginning with another one; medians of the rounds.
// npm run bench:peers; ROUNDS and SECONDS are settings.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Agent, request } from "undici";
import { millisecondsSince, nowNanoseconds, percentile, printTable, rounded } from "../support/measure.mjs";
import { startWorker } from "../support/processes.mjs";
import { startServer, submitJob } from "../support/server.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SECONDS = Number(process.env.SECONDS ?? 2);
const CLIENTS = 32;
const JOBS = 50;
const LINES = 20;
const REPORT_USAGE = new URL("../support/report-usage.mjs", import.meta.url).href;

const JOB = `query Job($id: ID!) { inpaintJob(id: $id) { id requestId status submission progress createdAt submittedAt
  startedAt finishedAt cursor input { prompt audioUrl maskStart maskEnd seed } output { audio { url contentType } seed }
  logs(last: 20) { sequence message level timestamp } } }`;
const LIST = `query List { inpaintJobs(first: 50) { nodes { id requestId status progress createdAt startedAt finishedAt
  billed } } }`;
const SUBMIT = `mutation Submit($input: InpaintAudioInput!) { inpaintAudio(input: $input) { job { id status }
  userErrors { message } } }`;
const INPUT = { prompt: "rain", audioUrl: "https://files.example/clip.wav", maskStart: 2, maskEnd: 4 };

/** @typedef {{ url: string, jobId: string, cpu: () => Promise<number>, stop: () => Promise<unknown> }} Server */

/** @param {string} file @param {string[]} extra @returns {(upstreamUrl: string) => Promise<Server>} */
function peer(file, ...extra) {
  return async (upstreamUrl) => {
    const path = fileURLToPath(new URL(`servers/${file}.mjs`, import.meta.url));
    const child = fork(path, [upstreamUrl, String(JOBS), String(LINES), ...extra], {
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
      async cpu() {
        child.send("usage");
        const [usage] = await once(child, "message");
        return /** @type {{ cpuMilliseconds: number }} */ (usage).cpuMilliseconds;
      },
      async stop() {
        const gone = once(child, "exit");
        child.kill("SIGKILL");
        await gone;
      },
    };
  };
}

/** Its history is made by jobs that ran. @returns {Promise<Server>} */
async function punchin(/** @type {string} */ upstreamUrl) {
  const folder = mkdtempSync(join(tmpdir(), "punchin-peers-"));
  const server = await startServer(folder, upstreamUrl);
  const ids = await Promise.all(Array.from({ length: JOBS }, () => submitJob(server)));
  const [jobId = ""] = ids;
  const unfinished = async () => {
    const { inpaintJobs } = await server.run("{ inpaintJobs(first: 50) { nodes { status } } }");
    return inpaintJobs.nodes.some((/** @type {{ status: string }} */ { status }) => status !== "COMPLETED");
  };
  while (await unfinished());
  return {
    url: server.url,
    jobId,
    cpu: async () => (await server.usage()).cpuMilliseconds,
    async stop() {
      await server.stop("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const LIMIT = "raw node:http";

/** @type {Record<string, (upstreamUrl: string) => Promise<Server>>} */
const SERVERS = {
  Punchin: punchin,
  "Apollo Server 5": peer("apollo"),
  "GraphQL Yoga": peer("yoga"),
  Mercurius: peer("mercurius"),
  "Mercurius, jit": peer("mercurius", "jit"),
  [LIMIT]: peer("raw-http"),
};

/** @typedef {{ perSecond: number, cpuMicroseconds: number, p99: number }} Figure */

/** @param {Server} server @param {string} body @returns {Promise<Figure>} */
async function measure(server, body) {
  const agent = new Agent({ connections: CLIENTS });
  const ask = async () => {
    const answer = await request(server.url, {
      dispatcher: agent,
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return answer.body.text();
  };
  const text = await ask();
  if (/"errors"|"userErrors":\[\{/.test(text)) throw new Error(`${server.url} answered ${text.slice(0, 300)}`);
  /** @param {number} seconds */
  const load = async (seconds) => {
    /** @type {number[]} */
    const latencies = [];
    const startedAt = nowNanoseconds();
    const client = async () => {
      while (millisecondsSince(startedAt) < seconds * 1_000) {
        const askedAt = nowNanoseconds();
        await ask();
        latencies.push(millisecondsSince(askedAt));
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    return { latencies, seconds: millisecondsSince(startedAt) / 1_000 };
  };
  await load(SECONDS / 2);
  const before = await server.cpu();
  const { latencies, seconds } = await load(SECONDS);
  const cpu = (await server.cpu()) - before;
  await agent.destroy();
  return {
    perSecond: latencies.length / seconds,
    cpuMicroseconds: (cpu * 1_000) / latencies.length,
    p99: percentile(latencies, 0.99),
  };
}

/** @type {Map<string, Figure[]>} */
const figures = new Map();
const names = Object.keys(SERVERS);
for (let round = 0; round < ROUNDS; round++) {
  for (const [index] of names.entries()) {
    const name = names[(index + round) % names.length] ?? "";
    const start = SERVERS[name];
    if (!start) continue;
    await onServer(name, start, LINES, (jobId) => ({
      job: { query: JOB, variables: { id: jobId } },
      list: { query: LIST },
    }));
    // Sent to an upstream that ends every job at once: ours follow theirs to the end meanwhile.
    if (name !== LIMIT)
      await onServer(name, start, 0, () => ({ submit: { query: SUBMIT, variables: { input: INPUT } } }));
  }
}

/**
 * @param {string} name
 * @param {(upstreamUrl: string) => Promise<Server>} start
 * @param {number} lines that the upstream tells of each job
 * @param {(jobId: string) => Record<string, unknown>} requests by the kind of their figure
 */
async function onServer(name, start, lines, requests) {
  const upstream = await startWorker("upstream.mjs", String(lines), "2");
  const server = await start(upstream.first);
  for (const [kind, body] of Object.entries(requests(server.jobId))) {
    const key = `${kind} ${name}`;
    figures.set(key, [...(figures.get(key) ?? []), await measure(server, JSON.stringify(body))]);
  }
  await server.stop();
  await upstream.stop();
}

/** @param {string} kind @param {string} name @param {keyof Figure} figure */
const median = (kind, name, figure) =>
  percentile(
    (figures.get(`${kind} ${name}`) ?? []).map((one) => one[figure]),
    0.5,
  );
for (const [kind, title] of Object.entries({
  job: "One job with 20 log lines",
  list: "inpaintJobs(first: 50)",
  submit: "Accepted mutations: ours durable, the others' submitted first",
})) {
  console.log(`### ${title}\n`);
  printTable(
    names
      .filter((name) => figures.has(`${kind} ${name}`))
      .map((name) => ({
        server: name,
        "per second": rounded(median(kind, name, "perSecond")),
        "server's CPU, µs each": rounded(median(kind, name, "cpuMicroseconds")),
        "CPU, Punchin = 1": rounded(median(kind, name, "cpuMicroseconds") / median(kind, "Punchin", "cpuMicroseconds")),
        "p99 ms": rounded(median(kind, name, "p99")),
      })),
  );
}
