// @ts-check
// One answer after the other over HTTP: a job with its log, a page of jobs, accepted mutations.
import { percentile } from "../support/measure.mjs";
import { startWorker } from "../support/processes.mjs";
import { Figures } from "./figures.mjs";
import { APOLLO, inTurns, MERCURIUS, MERCURIUS_JIT, PUNCHIN, PUNCHIN_IN_MEMORY, RAW_HTTP, YOGA } from "./servers.mjs";

const SECONDS = Number(process.env.SECONDS ?? 1.5);
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

/** @param {import("./servers.mjs").Server} server @param {unknown} body */
async function measure(server, body) {
  const text = JSON.stringify(body);
  const answer = await fetch(server.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: text,
  });
  const first = await answer.text();
  if (/"errors"|"userErrors":\[\{/.test(first)) throw new Error(`${server.url} answered ${first.slice(0, 300)}`);
  const load = await startWorker("http-load.mjs");
  const order = { url: server.url, body: text, clients: CLIENTS };
  await load.ask({ ...order, seconds: SECONDS / 2 });
  const before = await server.usage();
  const { perSecond, latencies } = await load.ask({ ...order, seconds: SECONDS });
  const after = await server.usage();
  await load.stop();
  return {
    [PER_SECOND]: perSecond,
    [CPU]: ((after.cpuMilliseconds - before.cpuMilliseconds) * 1_000) / latencies.length,
    "p50 ms": percentile(latencies, 0.5),
    [P99]: percentile(latencies, 0.99),
    [LOOP_DELAY]: after.loopDelayMilliseconds,
  };
}

/** @param {number} rounds @returns {Promise<import("./figures.mjs").Target[]>} */
export async function measureQueries(rounds) {
  const job = new Figures();
  const list = new Figures();
  const submit = new Figures();
  await inTurns([PUNCHIN, APOLLO, YOGA, MERCURIUS, MERCURIUS_JIT, RAW_HTTP], rounds, async (name, start) => {
    const upstream = await startWorker("upstream.mjs", String(LINES), "2");
    const server = await start(upstream.first, { jobs: JOBS, lines: LINES });
    job.add(name, await measure(server, { query: JOB, variables: { id: server.jobId } }));
    if (name !== RAW_HTTP) list.add(name, await measure(server, { query: LIST }));
    await server.stop();
    await upstream.stop();
  });
  await inTurns([PUNCHIN, PUNCHIN_IN_MEMORY, APOLLO, YOGA, MERCURIUS, MERCURIUS_JIT], rounds, async (name, start) => {
    // Ended at once: ours sends each job and follows it to its end meanwhile.
    const upstream = await startWorker("upstream.mjs", "0", "0");
    const server = await start(upstream.first, { jobs: 0, lines: 0 });
    submit.add(name, await measure(server, { query: SUBMIT, variables: { input: INPUT } }));
    await server.stop();
    await upstream.stop();
  });
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
