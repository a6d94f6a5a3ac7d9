import type { Logger } from "pino";
import { NotFoundError, UnavailableError } from "../errors.js";
import type { Observations } from "../observations.js";
import type { OutboundPolicy } from "../outbound/outbound.js";
import { GuardedWatch } from "./access/guarded-watch.js";
import { findFor, logsSeenBy, mayLookAt, requireAccount, seenBy } from "./access/sight.js";
import type { WatchTokens } from "./access/watch-tokens.js";
import type { Archive } from "./archive/archive.js";
import { encodeEventCursor } from "./cursor.js";
import type { Dispatcher } from "./dispatcher/dispatcher.js";
import type { FalQueue } from "./fal/fal-queue.js";
import type { JobFeed } from "./feed/job-feed.js";
import { cancelJob } from "./jobs/cancel-job.js";
import { listJobs } from "./jobs/list-jobs.js";
import { submitJob } from "./jobs/submit-job.js";
import type { ClipInspector } from "./preflight/clip-inspector.js";
import type { Quotas } from "./quotas/quotas.js";
import { reasonOf } from "./reason-of.js";
import type { Services } from "./services.js";
import type { JobHistory } from "./store/job-history.js";
import type { JobStore } from "./store/job-store.js";
import type { JobTimelines } from "./store/job-timeline.js";
import type { Tracker } from "./tracker/tracker.js";
import { createUpload } from "./uploads.js";
import type { WebhookInbox } from "./webhooks/webhook-inbox.js";
import type { WebhookKeys } from "./webhooks/webhook-keys.js";

/** What the use cases are made of. */
export interface UseCaseParts extends Pick<Services, "authenticate" | "outputOf"> {
  readonly store: JobStore;
  readonly history: JobHistory;
  readonly timelines: JobTimelines;
  readonly feed: JobFeed;
  readonly queue: FalQueue;
  readonly dispatcher: Dispatcher;
  readonly tracker: Tracker;
  readonly quotas: Quotas;
  readonly watchTokens: WatchTokens;
  readonly clips: ClipInspector | null;
  readonly archive: Archive | null;
  readonly inbox: WebhookInbox | null;
  readonly webhookKeys: WebhookKeys;
  readonly outboundPolicy: OutboundPolicy;
  readonly observations: Observations;
  readonly logger: Logger;
  readonly clock: () => number;
  readonly settings: {
    readonly startTimeoutSeconds: number;
    readonly maxDataUriBytes: number;
    readonly maxUploadBytes: number;
  };
}

/** What callers may do: who may, then the one part whose work it is. */
export function createUseCases(parts: UseCaseParts): Services {
  const { store, history, timelines, feed, queue, dispatcher, tracker, quotas, watchTokens, archive, inbox } = parts;
  const { clips, webhookKeys, authenticate, outputOf, outboundPolicy, observations, logger, clock, settings } = parts;
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
      return logsSeenBy(caller, await store.logsOf(job, last));
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
        return new GuardedWatch(await feed.watch(caller, jobId, after), caller, clock(), onEnd);
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
  };
}
