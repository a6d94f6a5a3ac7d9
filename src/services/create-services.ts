import type { Logger } from "pino";
import { UnavailableError } from "../errors.js";
import { encodeEventCursor } from "./cursor.js";
import { Dispatcher } from "./dispatcher.js";
import type { FalQueue } from "./fal/fal-queue.js";
import { JobFeed } from "./feed/job-feed.js";
import type { Job } from "./job.js";
import { loseAnswer } from "./job-state.js";
import { cancelJob } from "./jobs/cancel-job.js";
import { changeJob } from "./jobs/change-job.js";
import { listJobs, ownedBy } from "./jobs/list-jobs.js";
import { submitJob } from "./jobs/submit-job.js";
import { Reconciler } from "./reconciler.js";
import type { Services } from "./services.js";
import type { Database } from "./store/database.js";
import { JobStore } from "./store/job-store.js";
import { Tracker } from "./tracker/tracker.js";
import { createUpload } from "./uploads.js";

export interface ServiceDependencies {
  readonly database: Database;
  readonly queue: FalQueue;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly settings: {
    readonly maxUpstreamJobs: number;
    readonly startTimeoutSeconds: number;
    readonly reconcileWindowSeconds: number;
    readonly maxDataUriBytes: number;
    readonly maxUploadBytes: number;
    readonly maxLogLines: number;
  };
}

export interface RunningServices extends Services {
  /** Takes up every unfinished job where it stands, then sends and follows. */
  start(): Promise<void>;
  /** Ends all watches, sends nothing more, and follows nothing more. */
  close(): Promise<void>;
}

/** Wires the services together; nothing runs before `start`. */
export function createServices({ database, queue, logger, clock, settings }: ServiceDependencies): RunningServices {
  const store = new JobStore(database, (jobIds) => feed.wake(jobIds));
  const feed = new JobFeed(store, logger, settings.maxLogLines);
  const tracker = new Tracker({ store, queue, logger, clock, maxLogLines: settings.maxLogLines }, () =>
    dispatcher.wake(),
  );
  const onSubmitted = (job: Job) => tracker.track(job);
  const dispatcher = new Dispatcher({
    store,
    queue,
    logger,
    clock,
    maxUpstreamJobs: settings.maxUpstreamJobs,
    onSubmitted,
  });
  const reconciler = new Reconciler({
    store,
    queue,
    logger,
    clock,
    windowSeconds: settings.reconcileWindowSeconds,
    onSubmitted,
  });

  return {
    async submitJob(caller, input, options) {
      const outcome = await submitJob({ store, clock, ...settings }, caller, input, options);
      dispatcher.wake();
      return outcome;
    },
    cancelJob: (caller, jobId) =>
      cancelJob({ store, clock, onRequested: (job) => tracker.passCancelOn(job) }, caller, jobId),
    findJob: async (caller, jobId) => ownedBy(caller, await store.find(jobId)),
    listJobs: (caller, page) => listJobs(store, caller, page),
    readLogs: (jobId, last) => store.readLogs(jobId, last, Number.MAX_SAFE_INTEGER),
    cursorOf: (job) => encodeEventCursor(job.id, job.lastSequence),
    watchJob: (caller, jobId, after) => feed.watch(caller, jobId, after),
    createUpload: (_caller, upload) => createUpload(queue, upload, settings),
    describeEngine: () => ({
      kind: queue.kind,
      status: dispatcher.pauseReason === null ? "OK" : "PAUSED",
      message: dispatcher.pauseReason,
    }),
    async checkReadiness() {
      await store.ping().catch((error: Error) => {
        logger.error({ reason: error.message }, "the store does not answer");
        throw new UnavailableError("The store does not answer; the log says why.");
      });
      if (dispatcher.pauseReason !== null) throw new UnavailableError(dispatcher.pauseReason);
    },

    async start() {
      for (const job of await store.findSent()) {
        if (job.submission === "SUBMITTED") tracker.track(job);
        // The process ended between the first byte and the answer.
        if (job.submission === "SENDING") await changeJob(store, job, { name: "unconfirmed", at: clock() }, loseAnswer);
      }
      reconciler.start();
      dispatcher.start();
    },

    async close() {
      feed.close();
      await Promise.all([dispatcher.close(), reconciler.close()]);
      await tracker.close();
    },
  };
}
