import type { Logger } from "pino";
import { UnavailableError } from "../errors.js";
import type { OutboundPolicy } from "../outbound/outbound.js";
import { Archive } from "./archive/archive.js";
import { ArchiveFolder } from "./archive/archive-folder.js";
import { ResultLinks } from "./archive/result-links.js";
import { encodeEventCursor } from "./cursor.js";
import { Dispatcher } from "./dispatcher.js";
import type { FalQueue } from "./fal/fal-queue.js";
import { JobFeed } from "./feed/job-feed.js";
import type { Job } from "./job.js";
import { cancelJob } from "./jobs/cancel-job.js";
import { listJobs, ownedBy } from "./jobs/list-jobs.js";
import { submitJob } from "./jobs/submit-job.js";
import { Lease } from "./lease.js";
import { ClipInspector } from "./preflight/clip-inspector.js";
import { reasonOf } from "./reason-of.js";
import { Reconciler } from "./reconciler.js";
import { Retention } from "./retention.js";
import type { Services } from "./services.js";
import { SigningKeys } from "./signing-keys.js";
import type { Database } from "./store/database.js";
import { JobArchive } from "./store/job-archive.js";
import { JobClaims } from "./store/job-claims.js";
import { JobHistory } from "./store/job-history.js";
import { JobStore } from "./store/job-store.js";
import { Takeover } from "./takeover.js";
import { Tracker } from "./tracker/tracker.js";
import { createUpload } from "./uploads.js";

export interface ServiceDependencies {
  readonly database: Database;
  readonly queue: FalQueue;
  readonly logger: Logger;
  readonly clock: () => number;
  /** Where URLs that callers name may lead. */
  readonly outboundPolicy: OutboundPolicy;
  /** How clients reach this server; known once it listens. */
  readonly baseUrl: () => string;
  readonly settings: {
    readonly preflight: boolean;
    /** Where results are kept; null: they are left to upstream. */
    readonly archiveDir: string | null;
    readonly maxArchiveBytes: number;
    readonly maxUpstreamJobs: number;
    readonly startTimeoutSeconds: number;
    readonly reconcileWindowSeconds: number;
    readonly maxDataUriBytes: number;
    readonly maxUploadBytes: number;
    readonly maxLogLines: number;
    readonly maxLogBytes: number;
    readonly runSeconds: number;
    readonly retentionDays: number;
  };
}

export interface RunningServices extends Services {
  /** Takes up every unfinished job where it stands, then sends and follows. */
  start(): Promise<void>;
  /** Ends all watches, sends nothing more, and follows nothing more. */
  close(): Promise<void>;
}

/** Wires the services together; nothing runs before `start`. */
export function createServices(dependencies: ServiceDependencies): RunningServices {
  const { database, queue, logger, clock, outboundPolicy, baseUrl, settings } = dependencies;
  const store = new JobStore(database, (jobIds) => feed.wake(jobIds));
  const claims = new JobClaims(database);
  const history = new JobHistory(database);
  const feed = new JobFeed(store, logger, settings.maxLogLines);
  const lease = new Lease(claims, logger);
  const { instanceId } = lease;
  const common = { store, claims, queue, logger, clock, instanceId };
  const tracker = new Tracker({ ...common, limits: settings }, () => {
    dispatcher.wake();
    archive?.wake();
  });
  const onSubmitted = (job: Job) => tracker.track(job);
  const reconciler = new Reconciler({ ...common, windowSeconds: settings.reconcileWindowSeconds, onSubmitted });
  const onUnconfirmed = () => reconciler.look();
  const { maxUpstreamJobs } = settings;
  const dispatcher = new Dispatcher({ ...common, lease, maxUpstreamJobs, onSubmitted, onUnconfirmed });
  const onOwned = (jobs: readonly Job[]) => {
    const submitted = jobs.filter((job) => job.submission === "SUBMITTED");
    tracker.trackGradually(submitted, (job) => feed.isWatched(job.id));
    if (submitted.length < jobs.length) reconciler.look();
  };
  const takeover = new Takeover({ ...common, lease, onOwned });
  const clips = settings.preflight ? new ClipInspector({ queue, outboundPolicy, logger }) : null;
  const links = new ResultLinks(new SigningKeys(database, clock), baseUrl);
  const archive =
    settings.archiveDir === null
      ? null
      : new Archive({
          ...common,
          folder: new ArchiveFolder(settings.archiveDir),
          links,
          jobs: new JobArchive(database),
          shared: database.shared,
          maxBytes: settings.maxArchiveBytes,
        });
  const onRemoved = async (jobIds: readonly string[]) => archive?.remove(jobIds);
  const retention = new Retention({ history, logger, clock, retentionDays: settings.retentionDays, onRemoved });

  return {
    async submitJob(caller, input, options) {
      const outcome = await submitJob({ store, clock, clips, engine: queue.kind, ...settings }, caller, input, options);
      dispatcher.wake();
      return outcome;
    },
    cancelJob: (caller, jobId) =>
      cancelJob({ store, clock, onRequested: (job) => tracker.passCancelOn(job) }, caller, jobId),
    findJob: async (caller, jobId) => ownedBy(caller, await store.find(jobId)),
    listJobs: (caller, page) => listJobs(history, caller, page),
    readLogs: (jobId, last) => store.readLogs(jobId, last),
    outputOf: async (job) => (archive ? archive.outputOf(job) : job.output),
    openResult: async (link) => archive?.open(link) ?? null,
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
        logger.error({ reason: reasonOf(error) }, "the store does not answer");
        throw new UnavailableError("The store does not answer; the log says why.");
      });
      if (dispatcher.pauseReason !== null) throw new UnavailableError(dispatcher.pauseReason);
    },

    async start() {
      await lease.start();
      database.onAnnouncement((jobIds) => {
        feed.wake(jobIds);
        dispatcher.wake();
      });
      takeover.start();
      reconciler.start();
      dispatcher.start();
      retention.start();
      await archive?.start();
    },

    async close() {
      feed.close();
      await Promise.all([takeover.close(), dispatcher.close(), reconciler.close(), retention.close()]);
      await tracker.close();
      await archive?.close();
      // Last, so that another instance takes over only what this one has let go.
      await lease.close();
    },
  };
}
