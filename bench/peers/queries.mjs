// @ts-check
// One answer after the other over HTTP: a job with its log, a page of jobs, accepted mutations. All servers stand by while
// one is asked, so that each is warm from the second round on, and has had its warm-up before the first.
import { percentile } from "../support/measure.mjs";
import { startWorker } from "../support/processes.mjs";
import { Figures } from "./figures.mjs";
import {
  APOLLO,
  MERCURIUS,
  MERCURIUS_JIT,
  PUNCHIN,
  PUNCHIN_IN_MEMORY,
  RAW_HTTP,
  startNamed,
  turns,
  YOGA,
} from "./servers.mjs";

const SECONDS = Number(process.env.SECONDS ?? 1.5);
/** Until V8 has compiled what is hot. */
const WARM_UP_SECONDS = 3 * SECONDS;
const CLIENTS = 32;
const JOBS = 50;
const LINES = 20;

const JOB = `query Job($id: ID!) { inpaintJob(id: $id) { id requestId status submission progress createdAt submittedAt
  startedAt finishedAt cursor input { prompt audioUrl maskStart maskEnd seed } output { audio { url contentType } seed }
  logs(last: 20) { sequence message level timestamp } } }`;
const LIST = `query List { inpaintJobs(first: 50) { nodes { id requestId status progress createdAt startedAt finishedAt
  billed } } }`;
const SUBMIT = `mutation Submit($input: InpaintAudioInput!) { inpaintAudio(input: $input) { job { id status }
  userErrors { message } } }`;
/** With what has a default, too: Mercurius' JIT does not know of defaults, and refuses the input without. */
const INPUT = {
  prompt: "rain",
  audioUrl: "https://files.example/clip.wav",
  maskStart: 2,
  maskEnd: 4,
  guidanceScale: 1,
  numInferenceSteps: 8,
};

const PER_SECOND = "per second";
const CPU = "server's CPU, µs each";
const P99 = "p99 ms";
const LOOP_DELAY = "loop delay p99 ms";

/** @typedef {Awaited<ReturnType<typeof startWorker>>} Worker */
/** @typedef {import("./servers.mjs").Server} Server */

/** @param {Server} server @param {string} body */
async function check(server, body) {
  const answer = await fetch(server.url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const text = await answer.text();
  if (/"errors"|"userErrors":\[\{/.test(text)) throw new Error(`${server.url} answered ${text.slice(0, 300)}`);
}

/** @param {Worker} load @param {Server} server @param {string} body */
async function measure(load, server, body) {
  const before = await server.usage();
  const { perSecond, latencies } = await load.ask({ url: server.url, body, clients: CLIENTS, seconds: SECONDS });
  const after = await server.usage();
  return {
    [PER_SECOND]: perSecond,
    [CPU]: ((after.cpuMilliseconds - before.cpuMilliseconds) * 1_000) / latencies.length,
    "p50 ms": percentile(latencies, 0.5),
    [P99]: percentile(latencies, 0.99),
    [LOOP_DELAY]: after.loopDelayMilliseconds,
  };
}

/**
 * @param {readonly string[]} names
 * @param {number} rounds
 * @param {{ lines: number, jobs: number }} history the upstream tells so many lines of each job
 * @param {(server: Server, name: string) => readonly { figures: Figures, body: unknown }[]} questions
 */
async function askAll(names, rounds, history, questions) {
  const load = await startWorker("http-load.mjs");
  /** @type {Map<string, { server: Server, upstream: Worker, asked: { figures: Figures, body: string }[] }>} */
  const running = new Map();
  for (const name of names) {
    const upstream = await startWorker("upstream.mjs", String(history.lines), "2");
    const server = await startNamed(name, upstream.first, history);
    const asked = questions(server, name).map(({ figures, body }) => ({ figures, body: JSON.stringify(body) }));
    for (const { body } of asked) {
      await check(server, body);
      await load.ask({ url: server.url, body, clients: CLIENTS, seconds: WARM_UP_SECONDS });
    }
    running.set(name, { server, upstream, asked });
  }
  for (const name of turns(names, rounds)) {
    const { server, asked = [] } = running.get(name) ?? {};
    for (const { figures, body } of asked) if (server) figures.add(name, await measure(load, server, body));
  }
  for (const { server, upstream } of running.values()) await Promise.all([server.stop(), upstream.stop()]);
  await load.stop();
}

/** @param {number} rounds @returns {Promise<import("./figures.mjs").Target[]>} */
export async function measureQueries(rounds) {
  const job = new Figures();
  const list = new Figures();
  const submit = new Figures();
  const servers = [PUNCHIN, APOLLO, YOGA, MERCURIUS, MERCURIUS_JIT];
  await askAll([...servers, RAW_HTTP], rounds, { jobs: JOBS, lines: LINES }, (server, name) => [
    { figures: job, body: { query: JOB, variables: { id: server.jobId } } },
    ...(name === RAW_HTTP ? [] : [{ figures: list, body: { query: LIST } }]),
  ]);
  // Ended at once: ours sends each job and follows it to its end meanwhile.
  await askAll([...servers, PUNCHIN_IN_MEMORY], rounds, { jobs: 0, lines: 0 }, () => [
    { figures: submit, body: { query: SUBMIT, variables: { input: INPUT } } },
  ]);
  job.print("One job with 20 log lines", "server");
  list.print("inpaintJobs(first: 50)", "server");
  submit.print("Accepted mutations: ours durable, the others' submitted first", "server");

  const inline = [APOLLO, YOGA, MERCURIUS, MERCURIUS_JIT];
  const bestInline = inline.reduce((best, name) =>
    submit.median(name, PER_SECOND) > submit.median(best, PER_SECOND) ? name : best,
  );
  /** @param {Figures} figures @param {string} theirs */
  const beside = (figures, theirs) => figures.rates({ ours: PUNCHIN, theirs, rate: PER_SECOND, cpu: CPU });
  const p99 = submit.median(PUNCHIN, P99);
  const shortest = submit.best(inline, P99, "least");
  return [
    { figure: "job query/s", ...beside(job, MERCURIUS), bound: "at least", factor: 1.2 },
    { figure: "job query/s", ...beside(job, APOLLO), bound: "at least", factor: 3 },
    { figure: "job query/s", ...beside(job, RAW_HTTP), bound: "at least", factor: 0.35 },
    { figure: "pages of 50/s", ...beside(list, MERCURIUS), bound: "at least", factor: 1.2 },
    { figure: "accepted mutations/s", ...beside(submit, bestInline), bound: "at least", factor: 2 },
    { figure: "their p99 ms", ours: p99, bound: "at most", factor: 0.25, of: "the shortest", theirs: shortest },
    { figure: "loop delay p99 ms, job queries", ours: job.median(PUNCHIN, LOOP_DELAY), bound: "at most", factor: 30 },
    { figure: "loop delay p99 ms, mutations", ours: submit.median(PUNCHIN, LOOP_DELAY), bound: "at most", factor: 30 },
  ];
}
