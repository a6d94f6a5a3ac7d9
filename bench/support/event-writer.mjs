// @ts-check
// One instance that stores events as fast as it can: each of its jobs waits for one event and writes the next.
import { setImmediate } from "node:timers/promises";
import { JobStore } from "../../dist/services/store/job-store.js";
import { tellParent } from "./processes.mjs";
import { insertJobs, openDatabase, writeLine } from "./stores.mjs";

const [place = "", jobCount = ""] = process.argv.slice(2);
const database = await openDatabase(place);
database.onAnnouncement(() => {});

/** @type {typeof database} */
const oneByOne = {
  ...database,
  async writeChanges(changes) {
    const written = await Promise.all(changes.map((change) => database.writeChanges([change])));
    return new Set(written.flatMap((ids) => [...ids]));
  },
};

process.on("message", async (/** @type {{ seconds: number, batched: boolean }} */ { seconds, batched }) => {
  const store = new JobStore(batched ? database : oneByOne, () => {});
  const jobs = await insertJobs(store, Number(jobCount));
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  let events = 0;
  const write = async (/** @type {typeof jobs[number]} */ first) => {
    let job = first;
    while (performance.now() - startedAt < seconds * 1_000) {
      job = await writeLine(store, job, "denoising step");
      events += 1;
      // News comes from sockets, so the event loop turns between two events of one job.
      await setImmediate();
    }
  };
  await Promise.all(jobs.map(write));
  const elapsedSeconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  tellParent({ eventsPerSecond: events / elapsedSeconds, cpuMicrosecondsPerEvent: (user + system) / events });
});
tellParent("ready");
