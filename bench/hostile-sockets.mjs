// @ts-check
// 100 good sockets beside 200 that flood the server and 200 that never read: how long a good one's query takes, against
// a quiet server. Floods and good clients come from addresses and processes of their own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { openGraphqlSocket } from "./support/graphql-socket.mjs";
import { millisecondsSince, nowNanoseconds, percentile, printTable, rounded, spread } from "./support/measure.mjs";
import { startWorker } from "./support/processes.mjs";
import { startServer, submitJob } from "./support/server.mjs";

const GOOD_SOCKETS = 100;
const QUERIES_PER_SECOND = 4;
const HOSTILE_SOCKETS = 200;
const PHASE_SECONDS = 10;
const SETTLING_SECONDS = 2;

const folder = await mkdtemp(join(tmpdir(), "punchin-bench-"));
const upstream = await startWorker("upstream.mjs", "200", "1000");
const server = await startServer(folder, String(upstream.first));
const jobId = await submitJob(server);

const good = await Promise.all(Array.from({ length: GOOD_SOCKETS }, () => openGraphqlSocket(server.url, "127.0.0.1")));
const query = `{ inpaintJob(id: "${jobId}") { id status queuePosition progress } }`;

/** How long each query of all good sockets took. @param {number} seconds */
async function measure(seconds) {
  /** @type {number[]} */
  const milliseconds = [];
  let failures = 0;
  const until = Date.now() + seconds * 1_000;
  await Promise.all(
    good.map(async (socket) => {
      // They don't all ask at the same moment.
      await setTimeout((Math.random() * 1_000) / QUERIES_PER_SECOND);
      while (Date.now() < until) {
        const askedAt = nowNanoseconds();
        const { type } = await socket.ask(query);
        milliseconds.push(millisecondsSince(askedAt));
        if (type !== "next") failures += 1;
        await setTimeout(1_000 / QUERIES_PER_SECOND);
      }
    }),
  );
  return { milliseconds, failures };
}

const row = async (/** @type {string} */ beside) => {
  const before = await server.usage();
  const { milliseconds, failures } = await measure(PHASE_SECONDS);
  const after = await server.usage();
  const values = {
    beside,
    "query p50 / p99 ms": spread(milliseconds),
    "failed queries": String(failures),
    "server's CPU, %": rounded((after.cpuMilliseconds - before.cpuMilliseconds) / PHASE_SECONDS / 10),
    "RSS MB": rounded(after.residentMegabytes),
    "loop delay p99 ms": rounded(after.loopDelayMilliseconds),
  };
  return { values, p99: percentile(milliseconds, 0.99) };
};

/** @type {{ stop(): Promise<void> }[]} */
const hostile = [];
const beside = async (/** @type {string} */ kind) =>
  hostile.push(await startWorker("hostile-clients.mjs", server.url, kind, String(HOSTILE_SOCKETS), jobId));

/** @type {Awaited<ReturnType<typeof row>>[]} */
const rows = [];
try {
  await measure(SETTLING_SECONDS);
  rows.push(await row("nothing"));
  await beside("flood");
  rows.push(await row("200 that flood, from their first moment"));
  await beside("slow");
  rows.push(await row("200 that flood and 200 that never read"));
  rows.push(await row("the same, later"));
} finally {
  for (const worker of hostile) await worker.stop();
  await server.stop("SIGKILL");
  await upstream.stop();
  await rm(folder, { recursive: true, force: true });
}

printTable(
  rows.map(({ values, p99 }) => ({
    ...values,
    "p99 against quiet": `${rounded(p99 / (rows[0]?.p99 ?? Number.NaN))}×`,
  })),
);
