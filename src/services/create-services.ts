import type { Logger } from "pino";
import { Observations } from "../observations.js";
import type { OutboundPolicy } from "../outbound/outbound.js";
import { type AuthSettings, createAuthenticator } from "./access/authenticator.js";
import { WatchTokens } from "./access/watch-tokens.js";
import { Archive } from "./archive/archive.js";
import { ArchiveFolder } from "./archive/archive-folder.js";
import { ResultLinks } from "./archive/result-links.js";
import { Dispatcher } from "./dispatcher/dispatcher.js";
import type { FalQueue } from "./fal/fal-queue.js";
import { JobFeed } from "./feed/job-feed.js";
import type { Job } from "./job.js";
import { isFinished } from "./job-state.js";
import { Lease } from "./lease.js";
import { ClipInspector } from "./preflight/clip-inspector.js";
import type { QuotaSettings } from "./quotas/limits.js";
import { Quotas } from "./quotas/quotas.js";
import { Reconciler } from "./reconciler.js";
import { Retention } from "./retention.js";
import type { Services } from "./services.js";
import { SigningKeys } from "./signing-keys.js";
import type { Database } from "./store/database.js";
import { EndedJobs } from "./store/ended-jobs.js";
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
import { createUseCases } from "./use-cases.js";
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
  const ended = new EndedJobs();
  const store = new JobStore(database, onCommitted, observations, ended);
  const claims = new JobClaims(database);
  const history = new JobHistory(database, ended);
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

  const useCases = createUseCases({
    ...common,
    settings,
    outboundPolicy,
    observations,
    history,
    timelines,
    feed,
    quotas,
    watchTokens,
    authenticate,
    clips,
    archive,
    outputOf,
    dispatcher,
    tracker,
    inbox,
    webhookKeys,
  });

  return {
    ...useCases,

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
