import type { Logger } from "pino";
import { decodeRequestId, record } from "../fal/decode.js";
import type { Job } from "../job.js";
import { bindRequest, isFinished } from "../job-state.js";
import { changeJob } from "../jobs/change-job.js";
import type { ReceivedWebhook, WebhookVerdict } from "../services.js";
import type { JobClaims } from "../store/job-claims.js";
import type { JobStore } from "../store/job-store.js";
import type { UpstreamUsers } from "../store/upstream-users.js";
import type { CallbackUrls } from "./callback-urls.js";
import type { FalKeys } from "./fal-keys.js";
import { STAMP_HEADERS, signedMessage, type WebhookStamp } from "./signature.js";

export interface WebhookInboxDependencies {
  readonly store: JobStore;
  readonly claims: JobClaims;
  readonly users: UpstreamUsers;
  readonly keys: FalKeys;
  readonly urls: CallbackUrls;
  /** Whose requests they are: names the credentials that submissions are made with. */
  readonly account: string;
  readonly instanceId: string;
  readonly logger: Logger;
  readonly clock: () => number;
  /** Told each unfinished job that upstream has news of. */
  readonly onNews: (job: Job) => Promise<void>;
}

/** fal's tolerance, either way. */
const TOLERANCE_SECONDS = 300;
const MAX_HEADER_CHARACTERS = 256;

/**
 * Takes upstream's webhooks. One is a wake-up: status and result are asked for as ever, so a replay changes nothing. And
 * it is evidence: a job whose submission has no answer yet, or lost it, gets its request id from it.
 */
export class WebhookInbox {
  constructor(private readonly dependencies: WebhookInboxDependencies) {}

  /** Resolves when what the webhook says is stored; rejects when the store is down. */
  async receive({ jobId, proof, headers, body }: ReceivedWebhook): Promise<WebhookVerdict> {
    const { keys, urls, store, clock } = this.dependencies;
    const stamp = readStamp(headers);
    if (!stamp) return "UNSIGNED";
    // Before any question to others, so that strangers cause none.
    if (!(await urls.proves(jobId, proof))) return "FOREIGN";
    if (Math.abs(clock() / 1_000 - Number(stamp.timestamp)) > TOLERANCE_SECONDS) return "UNSIGNED";
    if (!(await keys.verify(signedMessage(stamp, body), stamp.signature))) return "UNSIGNED";
    const requestId = readRequestId(body);
    if (requestId === null) return "MALFORMED";
    const job = await store.find(jobId);
    if (!job) return "UNKNOWN_JOB";
    return this.accept(job, requestId, stamp.userId);
  }

  private async accept(job: Job, requestId: string, userId: string): Promise<WebhookVerdict> {
    const { claims, users, account, onNews } = this.dependencies;
    const log = this.dependencies.logger.child({ jobId: job.id, requestId });
    const ownUserId = await users.find(account);
    if (ownUserId !== null && ownUserId !== userId) {
      log.warn("a webhook about another account's request was refused");
      return "FOREIGN";
    }
    if (job.requestId === null) {
      if (await claims.isRequestBound(requestId)) {
        log.warn("a webhook about another job's request was refused");
        return "FOREIGN";
      }
      const current = await this.bind(job, requestId);
      if (current && !isFinished(current)) await onNews(current);
      return "ACCEPTED";
    }
    if (job.requestId !== requestId) {
      log.error({ ownRequestId: job.requestId }, "upstream finished a request that is not this job's");
      return "ACCEPTED";
    }
    // Only the answer to a submission, made with our own credentials, shows whose request it is.
    if (ownUserId === null) await users.remember(account, userId);
    if (!isFinished(job)) await onNews(job);
    return "ACCEPTED";
  }

  /** Who submitted it may be storing the same id in this very moment. A job that waited has no owner yet. */
  private async bind(job: Job, requestId: string): Promise<Job | null> {
    const { store, clock, logger, instanceId } = this.dependencies;
    const at = clock();
    const bound = await changeJob(store, job, { name: "submitted", at }, (current) => {
      const submitted = bindRequest(current, requestId, at);
      return submitted && { ...submitted, ownerId: submitted.ownerId ?? instanceId };
    });
    if (bound) logger.info({ jobId: job.id, requestId }, "a webhook told the request id");
    return bound ?? store.find(job.id);
  }
}

function readStamp(headers: ReceivedWebhook["headers"]): (WebhookStamp & { readonly signature: Uint8Array }) | null {
  const { requestId, userId, timestamp, signature } = STAMP_HEADERS;
  const [id, user, time, hex] = [requestId, userId, timestamp, signature].map((name) => headers[name]);
  if (!isShort(id) || !isShort(user)) return null;
  if (time === undefined || !/^\d{1,12}$/.test(time)) return null;
  if (hex === undefined || !/^[0-9a-f]{128}$/i.test(hex)) return null;
  return { requestId: id, userId: user, timestamp: time, signature: Buffer.from(hex, "hex") };
}

function isShort(value: string | undefined): value is string {
  return value !== undefined && value !== "" && value.length <= MAX_HEADER_CHARACTERS;
}

/** The body's, which stays the same when upstream runs a request again; the header may name an attempt. */
function readRequestId(body: Uint8Array): string | null {
  try {
    return decodeRequestId(record(JSON.parse(Buffer.from(body).toString("utf8")))?.request_id);
  } catch {
    return null;
  }
}
