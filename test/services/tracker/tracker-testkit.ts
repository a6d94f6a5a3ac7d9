import { pino } from "pino";
import { onTestFinished } from "vitest";
import type { FalQueue } from "../../../src/services/fal/fal-queue.js";
import type { Job } from "../../../src/services/job.js";
import { bindRequest, isFinished, requestCancel, startSending } from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import type { Database } from "../../../src/services/store/database.js";
import { JobStore } from "../../../src/services/store/job-store.js";
import { JobTimelines } from "../../../src/services/store/job-timeline.js";
import type { FollowDependencies } from "../../../src/services/tracker/follow-job.js";
import { Tracker } from "../../../src/services/tracker/tracker.js";
import { EventQueue } from "../../support/event-queue.js";
import { guardLog } from "../../support/log-guard.js";
import { insertJob } from "../../support/make-job.js";
import { openStore } from "../../support/open-store.js";
import { type ScriptedUpstream, startScriptedUpstream } from "../../support/scripted-upstream.js";
import { openQueue } from "../fal/fal-testkit.js";

export const INSTANCE = "this instance";

export const QUEUED = { status: "IN_QUEUE", queue_position: 0, logs: [] };
export const RUNNING = { status: "IN_PROGRESS", logs: [] };
export const COMPLETED = { status: "COMPLETED", logs: [], metrics: { inference_time: 4.5 } };

/** A log line of second `second`, as fal writes them. */
export function line(second: number, message: string): { timestamp: string; message: string; labels: object } {
  return { timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString().slice(0, -1), message, labels: {} };
}

export class Tracking {
  readonly clock = { now: Date.UTC(2026, 0, 1) };
  readonly changes = new EventQueue<Job>();
  /** One entry for each job that is not followed any more. */
  readonly freed = new EventQueue<null>();
  readonly logText: string[] = [];
  /** Writing fails while this is set. */
  storeIsBroken = false;
  /** Writing waits for this. */
  storeHold: Promise<void> = Promise.resolve();
  readonly store: JobStore;
  tracker: Tracker;

  constructor(
    private readonly database: Database,
    readonly upstream: ScriptedUpstream,
    readonly queue: FalQueue,
    private readonly limits: FollowDependencies["limits"],
  ) {
    this.store = new JobStore(
      {
        ...database,
        writeChanges: async (changes) => {
          if (this.storeIsBroken) throw new Error("disk full");
          await this.storeHold;
          return database.writeChanges(changes);
        },
      },
      (steps) => {
        // The test may be over by then, and its store closed.
        for (const { job } of steps)
          this.find(job.id).then(
            (job) => this.changes.push(job),
            () => {},
          );
      },
    );
    this.tracker = this.newTracker();
  }

  newTracker(): Tracker {
    const logger = pino(
      { level: "trace" },
      {
        write: (text: string) => {
          this.logText.push(text);
          guardLog(text);
        },
      },
    );
    const { store, queue, limits } = this;
    const clock = () => this.clock.now;
    return new Tracker({ store, queue, logger, clock, limits, instanceId: INSTANCE }, () => this.freed.push(null));
  }

  /** A job that upstream has taken, not followed yet. */
  async submitted(requestId = "r1"): Promise<Job> {
    const job = await insertJob(this.store, { createdAt: this.clock.now });
    const at = this.clock.now;
    const sending = await changeJob(this.store, job, { name: "sending", at }, (current) =>
      startSending(current, INSTANCE, at),
    );
    const submitted =
      sending &&
      (await changeJob(this.store, sending, { name: "submitted", at }, (current) =>
        bindRequest(current, requestId, at),
      ));
    if (!submitted) throw new Error("the job could not be submitted");
    return submitted;
  }

  /** Stores the wish to cancel, as the mutation does. */
  async wishCancel(job: Job): Promise<void> {
    const at = this.clock.now;
    await changeJob(this.store, job, { name: "cancel-requested", at }, (current) => requestCancel(current, at));
  }

  async find(jobId: string): Promise<Job> {
    const job = await this.store.find(jobId);
    if (!job) throw new Error("the job is gone");
    return job;
  }

  until(fits: (job: Job) => boolean): Promise<Job> {
    return this.changes.until(fits);
  }

  /** Follows the job to its end. */
  async finish(job: Job): Promise<Job> {
    this.tracker.track(job);
    await this.freed.next();
    return this.find(job.id);
  }

  finished(): Promise<Job> {
    return this.until(isFinished);
  }

  async messages(job: Job): Promise<string[]> {
    const lines = await this.store.readLogs(job.id, 1_000);
    return lines.map(({ message }) => message);
  }

  /** What the job's timeline shows. */
  async timeline(job: Job): Promise<string[]> {
    return (await new JobTimelines(this.database).read(job.id)).map(({ event }) => event);
  }

  /** The statuses that watchers were told, without repetitions. */
  async statuses(job: Job): Promise<string[]> {
    const events = await this.store.eventsSince(job.id, 0, 1_000);
    return events.map(({ status }) => status).filter((status, index, list) => status !== list[index - 1]);
  }
}

/** A tracker on a real store and queue, with a scripted server behind it; closed when the test ends. */
export async function startTracking(limits: Partial<FollowDependencies["limits"]> = {}): Promise<Tracking> {
  const upstream = await startScriptedUpstream();
  const { database } = await openStore();
  const tracking = new Tracking(database, upstream, openQueue(upstream.url), {
    maxLogLines: 1_000,
    maxLogBytes: 100_000,
    runSeconds: 600,
    ...limits,
  });
  onTestFinished(() => tracking.tracker.close());
  return tracking;
}
