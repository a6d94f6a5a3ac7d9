import { setImmediate } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { JobFeed } from "../../../src/services/feed/job-feed.js";
import type { Job, JobUpdate } from "../../../src/services/job.js";
import { complete, NOT_BILLED, observe } from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import type { Database } from "../../../src/services/store/database.js";
import type { CommittedStep, NewLogLine } from "../../../src/services/store/job-change.js";
import { JobStore } from "../../../src/services/store/job-store.js";
import { guardedLogger } from "../../support/log-guard.js";
import { CALLER, insertJob, SOME_OUTPUT } from "../../support/make-job.js";
import { openStore } from "../../support/open-store.js";

const AT = 1_000;
const QUIET_TURNS = 5;

export type Watch = AsyncIterableIterator<JobUpdate>;

export interface FeedTest {
  readonly store: JobStore;
  readonly feed: JobFeed;
  readonly job: Job;
  /** SQL of every read, as it is asked; of the reading of new events, a part. */
  readonly reads: string[];
  /** Resolves once nothing is being read, nor about to be: reads are gathered for a turn of the event loop, and one may follow another. */
  settled(): Promise<void>;
  /** Runs once, after the next read whose SQL contains the text and before its answer is given. */
  afterRead(text: string, action: () => Promise<unknown>): void;
  /** From now on commits wake nobody, or as those of another instance do, or as they do at first. */
  loseWakeUps(): void;
  commitElsewhere(): void;
  handOver(): void;
  watch(after?: string | null): Promise<Watch>;
  /** Commits one event of a running job. */
  progress(progress: number, ...messages: string[]): Promise<void>;
  /** As many events with one line each, in few commits. */
  flood(count: number): Promise<void>;
  finish(): Promise<void>;
}

/** A feed over a real store with one submitted job in it. */
export async function openFeed(): Promise<FeedTest> {
  const reads: string[] = [];
  let underWay = 0;
  const hooks: { text: string; action: () => Promise<unknown> }[] = [];
  const handOver = (steps: readonly CommittedStep[]) => feed.tell(steps);
  let told = handOver;
  const { database: real } = await openStore();
  const observed = async <Rows>(sql: string, read: () => Promise<Rows>): Promise<Rows> => {
    reads.push(sql);
    underWay += 1;
    const rows = await read().finally(() => {
      underWay -= 1;
    });
    const hook = hooks.findIndex(({ text }) => sql.includes(text));
    if (hook !== -1) await hooks.splice(hook, 1)[0]?.action();
    return rows;
  };
  const database: Database = {
    ...real,
    query: (sql, parameters) => observed(sql, () => real.query<never>(sql, parameters)),
    readEvents: (positions) => observed("FROM job_event", () => real.readEvents(positions)),
  };
  const store = new JobStore(database, (steps) => told(steps));
  const feed = new JobFeed(store, guardedLogger, 10_000);
  onTestFinished(() => feed.close());

  const inserted = await insertJob(store);
  const job = await store.change({
    before: inserted,
    after: { ...inserted, submission: "SUBMITTED", ownerId: "instance", requestId: "r1", submittedAt: AT },
    name: "submitted",
    at: AT,
  });
  if (!job) throw new Error("The job changed under the test.");

  return {
    store,
    feed,
    job,
    reads,
    async settled() {
      for (let turns = 0; turns < QUIET_TURNS; turns = underWay === 0 ? turns + 1 : 0) await setImmediate();
    },
    afterRead: (text, action) => hooks.push({ text, action }),
    loseWakeUps: () => {
      told = () => {};
    },
    handOver: () => {
      told = handOver;
    },
    commitElsewhere: () => {
      told = (steps) => feed.wake(steps.map(({ job: { id } }) => id));
    },
    watch: (after = null) => feed.watch(CALLER, job.id, after),
    async progress(progress, ...messages) {
      await changeJob(store, job, { name: "status", at: AT, logs: messages.map(lineOf) }, (current) =>
        observe(current, "IN_PROGRESS", progress, AT),
      );
    },
    async flood(count) {
      for (let index = 0; index < count; index++) {
        const before = { ...job, lastSequence: job.lastSequence + index, logCount: index };
        await store.change({ before, after: before, name: "status", at: AT, logs: [lineOf(`line ${index}`)] });
      }
    },
    async finish() {
      await changeJob(store, job, { name: "finished", at: AT }, (current) =>
        complete(current, SOME_OUTPUT, NOT_BILLED, AT),
      );
    },
  };
}

function lineOf(message: string): NewLogLine {
  return { rawTimestamp: "", message, level: "INFO", source: null, timestamp: AT };
}

/** The next update; fails when the watch has ended. */
export async function nextOf(watch: Watch): Promise<JobUpdate> {
  const { value, done } = await watch.next();
  if (done) throw new Error("The watch has ended.");
  return value;
}

export async function restOf(watch: Watch): Promise<JobUpdate[]> {
  const updates: JobUpdate[] = [];
  for await (const update of watch) updates.push(update);
  return updates;
}

export function linesOf(updates: readonly JobUpdate[]): [number, string][] {
  return updates.flatMap(({ logs }) => logs.map(({ sequence, message }): [number, string] => [sequence, message]));
}
