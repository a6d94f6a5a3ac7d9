import type { Logger } from "pino";
import { UnavailableError } from "../errors.js";
import type { OutboundPolicy } from "../outbound/outbound.js";
import { encodeEventCursor } from "./cursor.js";
import { Dispatcher } from "./dispatcher.js";
import type { FalQueue } from "./fal/fal-queue.js";
import { JobFeed } from "./feed/job-feed.js";
import type { Job } from "./job.js";
import { cancelJob } from "./jobs/cancel-job.js";
import { listJobs, ownedBy } from "./jobs/list-jobs.js";
import { submitJob } from "./jobs/submit-job.js";
import { Lease } from "./lease.js";
import { reasonOf } from "./reason-of.js";
import { Reconciler } from "./reconciler.js";
import { Retention } from "./retention.js";
import type { Services } from "./services.js";
import { SigningKeys } from "./signing-keys.js";
import type { Database } from "./store/database.js";
import { JobClaims } from "./store/job-claims.js";
import { JobHistory } from "./store/job-history.js";
import { JobStore } from "./store/job-store.js";
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
  readonly settings: {
    /** How upstream reaches this server to tell that a request is finished; null: it is not asked to. */
    readonly publicUrl: string | null;
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
  const { database, queue, logger, clock, outboundPolicy, settings } = dependencies;
  const store = new JobStore(database, (jobIds, anyEnded) => {
    feed.wake(jobIds);
    if (anyEnded) webhooks.wake();
  });
  const claims = new JobClaims(database);
  const history = new JobHistory(database);
  const feed = new JobFeed(store, logger, settings.maxLogLines);
  const lease = new Lease(claims, logger);
  const { instanceId } = lease;
  const common = { store, claims, queue, logger, clock, instanceId };
  const signingKeys = new SigningKeys(database, clock);
  const webhookKeys = new WebhookKeys(signingKeys, clock);
  const tracker = new Tracker({ ...common, limits: settings }, () => dispatcher.wake());
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
    if (submitted.length < jobs.length) reconciler.look();
  };
  const takeover = new Takeover({ ...common, lease, onOwned });
  const deliveries = new WebhookDeliveries(database);
  const webhooks = new WebhookSender({ store, deliveries, keys: webhookKeys, outboundPolicy, logger, clock });
  const retention = new Retention({ history, logger, clock, retentionDays: settings.retentionDays });

  return {
    async submitJob(caller, input, options) {
      const outcome = await submitJob({ store, clock, outboundPolicy, ...settings }, caller, input, options);
      dispatcher.wake();
      return outcome;
    },
    cancelJob: (caller, jobId) =>
      cancelJob({ store, clock, onRequested: (job) => tracker.passCancelOn(job) }, caller, jobId),
    findJob: async (caller, jobId) => ownedBy(caller, await store.find(jobId)),
    listJobs: (caller, page) => listJobs(history, caller, page),
    readLogs: (jobId, last) => store.readLogs(jobId, last),
    cursorOf: (job) => encodeEventCursor(job.id, job.lastSequence),
    watchJob: (caller, jobId, after) => feed.watch(caller, jobId, after),
    createUpload: (_caller, upload) => createUpload(queue, upload, settings),
    receiveWebhook: inbox && ((webhook) => inbox.receive(webhook)),
    publishWebhookKeys: () => webhookKeys.publish(),
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
        for (const jobId of jobIds) tracker.lookNow(jobId);
      });
      takeover.start();
      reconciler.start();
      dispatcher.start();
      retention.start();
      webhooks.start();
    },

    async close() {
      feed.close();
      await Promise.all([takeover.close(), dispatcher.close(), reconciler.close(), retention.close()]);
      await tracker.close();
      await webhooks.close();
      // Last, so that another instance takes over only what this one has let go.
      await lease.close();
    },
  };
}
