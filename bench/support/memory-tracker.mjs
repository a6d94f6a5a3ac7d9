// @ts-check
// Punchin's tracker with nothing around it: jobs are kept in memory, and nobody watches. Arguments: where the upstream is,
// how many jobs. Told to run, it answers with how long each line took to the store, and the CPU time that took.
import { FalQueue } from "../../dist/services/fal/fal-queue.js";
import { localHosts } from "../../dist/services/fal/hosts.js";
import { Tracker } from "../../dist/services/tracker/tracker.js";
import { millisecondsSince } from "./measure.mjs";
import { tellParent } from "./processes.mjs";
import { logger, newJob } from "./stores.mjs";

const [upstreamUrl = "", jobCount = ""] = process.argv.slice(2);
const INSTANCE = "bench";
const queue = new FalQueue(localHosts({ engineUrl: upstreamUrl, publicUrl: null }));

/** @typedef {import("../../dist/services/job.js").Job} Job */
/** @type {Map<string, Job>} */
const jobs = new Map();
/** @type {number[]} */
let latencies = [];
let toFinish = 0;
let finish = () => {};

const store = {
  find: async (/** @type {string} */ id) => jobs.get(id) ?? null,
  readLogs: async () => [],
  setQueuePosition: async () => {},
  change: async (
    /** @type {import("../../dist/services/store/job-change.js").JobChange} */ { before, after, logs = [] },
  ) => {
    for (const { message } of logs) latencies.push(millisecondsSince(message.split(" ")[1] ?? "0"));
    const lastSequence = before.lastSequence + 1;
    const changed = { ...after, lastSequence, logCount: before.logCount + logs.length };
    jobs.set(before.id, changed);
    return changed;
  },
};
const tracker = new Tracker(
  {
    store: /** @type {any} */ (store),
    queue,
    logger,
    clock: Date.now,
    instanceId: INSTANCE,
    limits: { maxLogLines: 10_000, maxLogBytes: 2 ** 21, runSeconds: 1_800 },
  },
  () => {
    toFinish -= 1;
    if (toFinish === 0) finish();
  },
);

async function follow() {
  const job = newJob();
  const outcome = await queue.submit(job.input, { priority: "NORMAL", startTimeoutSeconds: 600 });
  if (outcome.kind !== "accepted") throw new Error(outcome.kind);
  /** @type {any} */
  const submitted = {
    ...job,
    status: "IN_QUEUE",
    requestId: outcome.requestId,
    submittedAt: Date.now(),
    ownerId: INSTANCE,
  };
  jobs.set(job.id, submitted);
  tracker.track(submitted);
}

process.on("message", async () => {
  latencies = [];
  toFinish = Number(jobCount);
  const finished = new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
    finish = resolve;
  });
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: toFinish }, follow));
  await finished;
  const { user, system } = process.cpuUsage(before);
  tellParent({ latencies, cpuMilliseconds: (user + system) / 1_000 });
});
tellParent("ready");
