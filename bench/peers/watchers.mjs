// @ts-check
// One job and very many watchers. A single line goes out once all have the one before; then lines in bursts.
import { setTimeout } from "node:timers/promises";
import { percentile } from "../support/measure.mjs";
import { startWorker } from "../support/processes.mjs";
import { Figures } from "./figures.mjs";
import { APOLLO, MERCURIUS, PUNCHIN, RAW_WS, startNamed, turns, YOGA } from "./servers.mjs";

/** How many of each are told: fewer to more watchers. */
const LINES = new Map([
  [1_000, { warmUp: 25, single: 20, bursts: 4 }],
  [5_000, { warmUp: 5, single: 6, bursts: 1 }],
  [10_000, { warmUp: 3, single: 5, bursts: 1 }],
]);
const FEW = { warmUp: 20, single: 50, bursts: 10 };
const BURST_LINES = 8;
const WARM_UP_WATCHERS = 1_000;
/** Until those who left are let go of. */
const SETTLE_MS = 2_000;
/** Upstream tells its lines when it is told to, not by itself. */
const NEVER_MS = 2 ** 30;

export const SUBSCRIBE = "subscribe all, ms";
export const LAST = "single line to the last, p50 ms";
const SINGLE = "single lines, deliveries/s";
const BURST = "bursts, deliveries/s";
export const SINGLE_CPU = "CPU µs per delivery, singles";
export const BURST_CPU = "CPU µs per delivery, bursts";
export const HEAP = "heap kB per watcher";
const LOOP_DELAY = "loop delay p99 ms, singles";

const SUBMIT = JSON.stringify({
  query: "mutation ($input: InpaintAudioInput!) { inpaintAudio(input: $input) { job { id } userErrors { message } } }",
  variables: { input: { prompt: "rain", audioUrl: "https://files.example/clip.wav", maskStart: 2, maskEnd: 4 } },
});

/** @typedef {Awaited<ReturnType<typeof startWorker>>} Worker */

/** @param {string} url */
async function submit(url) {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: SUBMIT });
  return /** @type {any} */ (await answer.json()).data.inpaintAudio.job.id;
}

/** @param {Worker} upstream @param {Worker} clients @param {number} lines */
async function deliver(upstream, clients, lines) {
  await clients.ask({ lines });
  const delivered = clients.next();
  await upstream.ask({ tell: lines });
  return delivered;
}

/** @param {string} name @param {number} watchers */
export async function measureWatchers(name, watchers) {
  const { warmUp, single, bursts: burstCount } = LINES.get(watchers) ?? FEW;
  const upstream = await startWorker("upstream.mjs", "1000000", String(NEVER_MS));
  const server = await startNamed(name, upstream.first);
  const jobId = name === RAW_WS ? "" : await submit(server.url);
  const clients = await startWorker("fan-out.mjs");
  // The first watchers compile the code, and a first line says that the job is followed.
  await clients.ask({ url: server.url, jobId, open: WARM_UP_WATCHERS });
  for (let count = 0; count < 3; count += 1) await deliver(upstream, clients, 1);
  await clients.ask("leave");
  await setTimeout(SETTLE_MS);

  const before = await server.usage("heap");
  const subscribed = await clients.ask({ url: server.url, jobId, open: watchers });
  const watched = await server.usage("heap");
  for (let count = 0; count < warmUp; count += 1) await deliver(upstream, clients, 1);

  const singleStart = await server.usage();
  /** @type {number[]} */
  const singles = [];
  for (let count = 0; count < single; count += 1) singles.push((await deliver(upstream, clients, 1)).milliseconds);
  const singleEnd = await server.usage();
  await deliver(upstream, clients, BURST_LINES);
  const burstStart = await server.usage();
  /** @type {number[]} */
  const bursts = [];
  let framesPerLine = 0;
  for (let count = 0; count < burstCount; count += 1) {
    const burst = await deliver(upstream, clients, BURST_LINES);
    bursts.push(burst.milliseconds);
    framesPerLine += burst.framesPerLine / burstCount;
  }
  const burstEnd = await server.usage();
  await clients.stop();
  await server.stop();
  await upstream.stop();
  const cpu = (
    /** @type {{ cpuMilliseconds: number }} */ from,
    /** @type {{ cpuMilliseconds: number }} */ to,
    /** @type {number} */ lines,
  ) => ((to.cpuMilliseconds - from.cpuMilliseconds) * 1_000) / (lines * watchers);
  return {
    [SUBSCRIBE]: subscribed.milliseconds,
    [HEAP]: ((watched.heapMegabytes - before.heapMegabytes) * 1_024) / watchers,
    [LAST]: percentile(singles, 0.5),
    [SINGLE]: (watchers * 1_000) / percentile(singles, 0.5),
    [SINGLE_CPU]: cpu(singleStart, singleEnd, single),
    [BURST]: (watchers * BURST_LINES * 1_000) / percentile(bursts, 0.5),
    [BURST_CPU]: cpu(burstStart, burstEnd, burstCount * BURST_LINES),
    "frames per line in bursts": framesPerLine,
    [LOOP_DELAY]: singleEnd.loopDelayMilliseconds,
  };
}

/** @param {number} rounds @returns {Promise<import("./figures.mjs").Target[]>} */
export async function measureFanOut(rounds) {
  /** @type {import("./figures.mjs").Target[]} */
  const targets = [];
  for (const watchers of [1_000, 5_000]) {
    const figures = new Figures();
    // Yoga does as Apollo does, and 5,000 take it their time.
    const servers =
      watchers > 1_000 ? [PUNCHIN, APOLLO, MERCURIUS, RAW_WS] : [PUNCHIN, APOLLO, YOGA, MERCURIUS, RAW_WS];
    for (const name of turns(servers, rounds)) figures.add(name, await measureWatchers(name, watchers));
    figures.print(`One job, ${watchers} watchers`, "server");
    const median = (/** @type {string} */ name, /** @type {string} */ figure) => figures.median(name, figure);
    for (const [what, rate, cpu] of [
      ["single lines", SINGLE, SINGLE_CPU],
      ["bursts", BURST, BURST_CPU],
    ]) {
      const figure = `${watchers} watchers, deliveries/s, ${what}`;
      const beside = (/** @type {string} */ theirs) => figures.rates({ ours: PUNCHIN, theirs, rate, cpu });
      targets.push(
        { figure, ...beside(MERCURIUS), bound: "at least", factor: 2.5 },
        { figure, ...beside(RAW_WS), bound: "at least", factor: 0.65 },
      );
    }
    const subscribing = { ours: median(PUNCHIN, SUBSCRIBE), of: APOLLO, theirs: median(APOLLO, SUBSCRIBE) };
    targets.push(
      { figure: `${watchers} watchers, heap kB each`, ours: median(PUNCHIN, HEAP), bound: "at most", factor: 10 },
      { figure: `subscribe ${watchers} watchers, ms`, ...subscribing, bound: "at most", factor: 0.5 },
      {
        figure: `${watchers} watchers, loop delay p99 ms`,
        ours: median(PUNCHIN, LOOP_DELAY),
        bound: "at most",
        factor: 30,
      },
    );
  }
  return targets;
}
