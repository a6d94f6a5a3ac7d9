import type { Logger } from "pino";
import { NotFoundError, UnavailableError } from "../errors.js";
import { Observations } from "../observations.js";
import type { OutboundPolicy } from "../outbound/outbound.js";
import { type AuthSettings, createAuthenticator } from "./access/authenticator.js";
import { guardWatch } from "./access/guarded-watch.js";
import { findFor, logsSeenBy, mayLookAt, requireAccount, seenBy } from "./access/sight.js";
import { WatchTokens } from "./access/watch-tokens.js";
import { Archive } from "./archive/archive.js";
import { ArchiveFolder } from "./archive/archive-folder.js";
import { ResultLinks } from "./archive/result-links.js";
import { encodeEventCursor } from "./cursor.js";
import { Dispatcher } from "./dispatcher/dispatcher.js";
import type { FalQueue } from "./fal/fal-queue.js";
import { JobFeed } from "./feed/job-feed.js";
import type { Job } from "./job.js";
import { isFinished } from "./job-state.js";
import { cancelJob } from "./jobs/cancel-job.js";
import { listJobs } from "./jobs/list-jobs.js";
import { submitJob } from "./jobs/submit-job.js";
import { Lease } from "./lease.js";
import { ClipInspector } from "./preflight/clip-inspector.js";
import type { QuotaSettings } from "./quotas/limits.js";
import { Quotas } from "./quotas/quotas.js";
import { reasonOf } from "./reason-of.js";
import { Reconciler } from "./reconciler.js";
import { Retention } from "./retention.js";
import type { Services } from "./services.js";
import { SigningKeys } from "./signing-keys.js";
import type { Database } from "./store/database.js";
import { JobArchive } from "./store/job-archive.js";
import type { CommittedStep } from "./store/job-change.js";
import { JobClaims, type JobCount } from "./store/job-claims.js";
import { JobHistory } from "./store/job-history.js";
import { JobStore } from "./store/job-store.js";
import { JobTimelines } from "./store/job-timeline.js";
import { observeDatabase } from "./store/observe-database.js";
import { UpstreamUsers } from "./store/upstream-users.js";
import { WebhookDeliveries } from "./store/webhook-deliveries.js";
import { Takeover } from "./takeover.js";
import { Tracker } from "./tracker/tracker.js";
import { createUpload } from "./uploads.js";
import { CallbackUrls } from "./webhooks/callback-urls.js";
import { FalKeys } from "./webhooks/fal-keys.js";
import { WebhookInbox } from "./webhooks/webhook-inbox.js";
import { WebhookKeys } from "./webhooks/webhook-keys.js";
import { WebhookSender } from "./webhooks/webhook-sender.js";

export interface ServiceDependencies {
  readonly database: Database;
  readonly queue: FalQueue;
  readonly logger: Logger;
  readonly clock: () => number;
  /** Where URLs that callers name may lead. */
  readonly outboundPolicy: OutboundPolicy;
  /** Told what happens, for metrics and logs. Default: nobody listens. */
  readonly observations?: Observations;
  /** How clients reach this server; known once it listens. */
  readonly baseUrl: () => string;
  readonly settings: {
    /** How upstream reaches this server to tell that a request is finished; null: it is not asked to. */
    readonly publicUrl: string | null;
    readonly auth: AuthSettings;
    readonly quotas: QuotaSettings;
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

export interface Load {
  readonly jobs: readonly JobCount[];
  readonly isPaused: boolean;
}

export interface RunningServices extends Services {
  /** Unfinished jobs by where they stand, of all instances; whether this one pauses sending. */
  describeLoad(): Promise<Load>;
  /** Takes up every unfinished job where it stands, then sends and follows. */
  start(): Promise<void>;
  /** Leaves waiting jobs, and those of instances that are gone, to others; all else goes on. */
  drain(): void;
  /** Ends all watches, sends nothing more, and follows nothing more. */
  close(): Promise<void>;
}

/** Wires the services together; nothing runs before `start`. */
export function createServices(dependencies: ServiceDependencies): RunningServices {
  const { queue, logger, clock, outboundPolicy, baseUrl, settings, observations = new Observations() } = dependencies;
  const database = observeDatabase(dependencies.database, observations);
  const onCommitted = (steps: readonly CommittedStep[]) => {
    feed.tell(steps);
    if (steps.some(({ job }) => isFinished(job))) webhooks.wake();
  };
  const store = new JobStore(database, onCommitted, observations);
  const claims = new JobClaims(database);
  const history = new JobHistory(database);
  const timelines = new JobTimelines(database);
  const feed = new JobFeed(store, logger, settings.maxLogLines, observations);
  const lease = new Lease(claims, logger);
  const { instanceId } = lease;
  const common = { store, claims, queue, logger, clock, instanceId };
  const signingKeys = new SigningKeys(database, clock);
  const webhookKeys = new WebhookKeys(signingKeys, clock);
  const tracker = new Tracker({ ...common, limits: settings }, () => {
    dispatcher.wake();
    archive?.wake();
  });
  const onSubmitted = (job: Job) => tracker.track(job);
  const reconciler = new Reconciler({ ...common, windowSeconds: settings.reconcileWindowSeconds, onSubmitted });
  const onUnconfirmed = () => reconciler.look();
  const urls = settings.publicUrl === null ? null : new CallbackUrls(settings.publicUrl, signingKeys);
  const inbox =
    urls &&
    new WebhookInbox({
      ...common,
      urls,
      users: new UpstreamUsers(database),
      keys: new FalKeys({ read: () => queue.webhookKeys(), logger, clock }),
      account: queue.account,
      onNews: async (job) => {
        if (job.ownerId !== instanceId) return store.announce(job.id);
        tracker.track(job);
        tracker.lookNow(job.id);
      },
    });
  const { maxUpstreamJobs } = settings;
  const callbackUrl = async (jobId: string) => urls?.urlFor(jobId) ?? null;
  const dispatcher = new Dispatcher({ ...common, lease, maxUpstreamJobs, callbackUrl, onSubmitted, onUnconfirmed });
  const onOwned = (jobs: readonly Job[]) => {
    const submitted = jobs.filter((job) => job.submission === "SUBMITTED");
    tracker.trackGradually(submitted, (job) => feed.isWatched(job.id));
    if (submitted.length === jobs.length) return;
    reconciler.look();
    // A submission that was on its way when its sender died held up all others.
    dispatcher.wake();
  };
  const takeover = new Takeover({ ...common, lease, onOwned });
  const quotas = new Quotas(database, settings.quotas, clock, observations);
  const watchTokens = new WatchTokens(store, signingKeys, clock);
  const authenticate = createAuthenticator(settings.auth, { watchTokens, logger, clock });
  const clips = settings.preflight ? new ClipInspector({ queue, outboundPolicy, logger }) : null;
  const links = new ResultLinks(signingKeys, baseUrl);
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
          onSettled: () => webhooks.wake(),
        });
  const onRemoved = async (jobIds: readonly string[]) => archive?.remove(jobIds);
  const retention = new Retention({ history, quotas, logger, clock, retentionDays: settings.retentionDays, onRemoved });
  const deliveries = new WebhookDeliveries(database);
  const outputOf = async (job: Job) => (archive ? archive.outputOf(job) : job.output);
  const archives = archive !== null;
  const webhooks = new WebhookSender({ ...common, deliveries, keys: webhookKeys, outboundPolicy, archives, outputOf });
  let drained: Promise<unknown> | undefined;
  const drain = () => (drained ??= Promise.all([takeover.close(), dispatcher.close()]));

  return {
    authenticate,
    countRequest: (caller) => quotas.countRequest(caller.id),
    describeViewer: async (caller) => ({ id: caller.id, limits: await quotas.describe(caller) }),
    async submitJob(caller, input, options) {
      requireAccount(caller);
      const outcome = await submitJob(
        { ...settings, store, quotas, clock, clips, outboundPolicy, engine: queue.kind },
        caller,
        input,
        options,
      );
      dispatcher.wake();
      return outcome;
    },
    async cancelJob(caller, jobId) {
      requireAccount(caller);
      return cancelJob({ store, clock, onRequested: (job) => tracker.passCancelOn(job) }, caller, jobId);
    },
    async findJob(caller, jobId) {
      const job = await findFor(store, caller, jobId);
      return job && seenBy(caller, job);
    },
    async listJobs(caller, page) {
      requireAccount(caller);
      return listJobs(history, caller, page);
    },
    async readLogs(caller, job, last) {
      if (!mayLookAt(caller, job)) throw new NotFoundError("There is no such job.");
      return logsSeenBy(caller, await store.readLogs(job.id, last));
    },
    async readTimeline(caller, job) {
      if (!mayLookAt(caller, job)) throw new NotFoundError("There is no such job.");
      return timelines.read(job.id);
    },
    outputOf,
    openResult: async (link) => archive?.open(link) ?? null,
    cursorOf: (job) => encodeEventCursor(job.id, job.lastSequence),
    async watchJob(caller, jobId, after) {
      const free = quotas.takeSubscription(caller.id);
      observations.emit("watch-started");
      const onEnd = () => {
        free();
        observations.emit("watch-ended");
      };
      try {
        return guardWatch(await feed.watch(caller, jobId, after), caller, { now: clock(), onEnd });
      } catch (error) {
        onEnd();
        throw error;
      }
    },
    async createWatchToken(caller, jobId, ttlSeconds) {
      requireAccount(caller);
      return watchTokens.create(caller, jobId, ttlSeconds);
    },
    async createUpload(caller, upload) {
      requireAccount(caller);
      return createUpload({ ...settings, queue, quotas, clock }, caller, upload);
    },
    describeEngine(caller) {
      requireAccount(caller);
      return {
        kind: queue.kind,
        status: dispatcher.pauseReason === null ? "OK" : "PAUSED",
        message: dispatcher.pauseReason,
      };
    },
    receiveWebhook: inbox && ((webhook) => inbox.receive(webhook)),
    publishWebhookKeys: () => webhookKeys.publish(),
    async checkReadiness() {
      await store.ping().catch((error: Error) => {
        logger.error({ reason: reasonOf(error) }, "the store does not answer");
        throw new UnavailableError("The store does not answer; the log says why.");
      });
      if (dispatcher.pauseReason !== null) throw new UnavailableError(dispatcher.pauseReason);
    },

    describeLoad: async () => ({
      jobs: await claims.countUnfinished(),
      isPaused: dispatcher.pauseReason !== null,
    }),

    async start() {
      await lease.start();
      database.onAnnouncement((jobIds) => {
        feed.wake(jobIds);
        dispatcher.wake();
        for (const jobId of jobIds) tracker.lookNow(jobId);
      });
      takeover.start();
      reconciler.start();
      dispatcher.start();
      retention.start();
      await archive?.start();
      webhooks.start();
    },

    drain,

    async close() {
      feed.close();
      await Promise.all([drain(), reconciler.close(), retention.close()]);
      await tracker.close();
      await archive?.close();
      await webhooks.close();
      // Last, so that another instance takes over only what this one has let go.
      await lease.close();
    },
  };
}
