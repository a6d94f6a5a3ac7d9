import { onTestFinished } from "vitest";
import { Dispatcher } from "../../src/services/dispatcher/dispatcher.js";
import type { Job } from "../../src/services/job.js";
import { Lease } from "../../src/services/lease.js";
import { type Database, StoreUnavailableError } from "../../src/services/store/database.js";
import { JobClaims } from "../../src/services/store/job-claims.js";
import { JobStore } from "../../src/services/store/job-store.js";
import { EventQueue } from "../support/event-queue.js";
import { guardedLogger } from "../support/log-guard.js";
import { insertJob, makeJob } from "../support/make-job.js";
import { openStore } from "../support/open-store.js";
import { json, type Reply, type ScriptedUpstream } from "../support/scripted-upstream.js";
import { SUBMIT, startQueue } from "./fal/fal-testkit.js";

/** Accepts every submission, under ids r1, r2, … in the order they came. */
export function acceptAll(): Reply {
  let count = 0;
  return (response, request) => {
    count += 1;
    json(200, { status: "IN_QUEUE", request_id: `r${count}` })(response, request);
  };
}

/** An answer that is given when the test says so. */
export class HeldReply {
  readonly arrived: Promise<void>;
  readonly reply: Reply;
  private answer: (reply: Reply) => void = () => {};

  constructor() {
    let markArrived = () => {};
    this.arrived = new Promise((resolve) => {
      markArrived = resolve;
    });
    this.reply = (response, request) => {
      this.answer = (reply) => reply(response, request);
      markArrived();
    };
  }

  release(reply: Reply): void {
    this.answer(reply);
  }
}

/** Waits on commits until a stored job fits. */
export function createJobWatch(store: JobStore, commits: EventQueue<readonly string[]>) {
  return async (jobId: string, fits: (job: Job) => boolean): Promise<Job> => {
    for (;;) {
      const job = await store.find(jobId);
      if (job && fits(job)) return job;
      await commits.next();
    }
  };
}

export interface DispatchTest {
  readonly store: JobStore;
  readonly claims: JobClaims;
  readonly upstream: ScriptedUpstream;
  readonly dispatcher: Dispatcher;
  readonly instanceId: string;
  readonly submitted: EventQueue<Job>;
  /** What the services take for the present time. */
  readonly time: { now: number };
  /** Bodies of all submissions upstream has seen. */
  sent(): Record<string, unknown>[];
  until(jobId: string, fits: (job: Job) => boolean): Promise<Job>;
  insert(overrides?: Partial<Job> & { prompt?: string; payload?: string }): Promise<Job>;
  /** What happens between a job's claim and its submission. */
  readonly moments: { afterClaim: () => Promise<void> };
  /** Another instance may have the jobs from now on. */
  loseLease(): Promise<void>;
  /** The next write to the store fails. */
  failNextWrite(): void;
  /** The next write to the store is committed, and nobody is told so. */
  loseNextCommit(): void;
  /** How many of these failures are still to come. */
  troubles(): number;
}

/** A dispatcher over a real store and the real queue client, with a scripted upstream; not started. */
export async function openDispatch(maxUpstreamJobs = 10, place?: string): Promise<DispatchTest> {
  const { upstream, queue } = await startQueue();
  const commits = new EventQueue<readonly string[]>();
  const submitted = new EventQueue<Job>();
  const time = { now: 1_000_000 };
  const { database: real } = await openStore(() => {}, place);
  let failing = 0;
  let silent = 0;
  const database: Database = {
    ...real,
    writeChanges: async (changes) => {
      if (failing > 0) {
        failing -= 1;
        throw new Error("disk I/O error");
      }
      const written = await real.writeChanges(changes);
      if (silent > 0) {
        silent -= 1;
        throw new StoreUnavailableError("the connection broke", null);
      }
      return written;
    },
  };
  const store = new JobStore(database, (steps) => commits.push(steps.map(({ job }) => job.id)));
  const claims = new JobClaims(database);
  const lease = new Lease(claims, guardedLogger);
  await lease.start();
  onTestFinished(() => lease.close());
  const moments = { afterClaim: async () => {} };
  const dispatcher = new Dispatcher({
    store,
    claims,
    lease,
    queue,
    logger: guardedLogger,
    clock: () => time.now,
    maxUpstreamJobs,
    callbackUrl: async () => {
      await moments.afterClaim();
      return null;
    },
    onSubmitted: (job) => submitted.push(job),
    onUnconfirmed: () => {},
  });
  onTestFinished(() => dispatcher.close());
  let created = 0;
  return {
    store,
    claims,
    upstream,
    dispatcher,
    instanceId: lease.instanceId,
    submitted,
    time,
    moments,
    loseLease: () => lease.close(),
    sent: () => upstream.seen(SUBMIT).map(({ body }) => JSON.parse(body)),
    until: createJobWatch(store, commits),
    insert: ({ prompt = "rain", payload, ...overrides } = {}) => {
      created += 1;
      const createdAt = time.now + created;
      const input = { ...makeJob().input, prompt, audioUrl: payload ? "data:shortened" : makeJob().input.audioUrl };
      return insertJob(store, { createdAt, input, ...overrides }, { payload: payload ?? null });
    },
    failNextWrite: () => {
      failing += 1;
    },
    loseNextCommit: () => {
      silent += 1;
    },
    troubles: () => failing + silent,
  };
}
