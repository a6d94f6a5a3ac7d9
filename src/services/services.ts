import type { Readable } from "node:stream";
import type {
  Caller,
  InpaintOutput,
  InpaintRequest,
  Job,
  JobStatus,
  JobUpdate,
  LogLine,
  QueuePriority,
  TimelineEntry,
} from "./job.js";
import type { LimitUse } from "./quotas/limits.js";

export type { LimitName, LimitUse } from "./quotas/limits.js";

export type UserErrorCode =
  | "INVALID"
  | "OUT_OF_RANGE"
  | "MASK_INVALID"
  | "AUDIO_INVALID"
  | "IDEMPOTENCY_CONFLICT"
  | "NOT_FOUND"
  | "QUOTA_EXCEEDED";

/** What the caller can put right; `field` is the path of input field names. */
export interface UserFault {
  readonly code: UserErrorCode;
  readonly message: string;
  readonly field: readonly string[] | null;
}

/** The model's input as the caller gave it, API defaults applied. */
export interface SubmitInput extends Omit<InpaintRequest, "seed"> {
  readonly seed: bigint | null;
}

export interface SubmitOptions {
  readonly idempotencyKey: string | null;
  readonly webhookUrl: string | null;
  readonly priority: QueuePriority;
  readonly startTimeoutSeconds: number | null;
}

export type SubmitOutcome = { job: Job; faults: readonly [] } | { job: null; faults: readonly UserFault[] };

export type CancelOutcomeWord = "CANCELLED" | "CANCELLATION_REQUESTED" | "ALREADY_FINISHED";
export type CancelOutcome =
  | { job: Job; outcome: CancelOutcomeWord; faults: readonly [] }
  | { job: null; outcome: null; faults: readonly UserFault[] };

export interface UploadRequest {
  readonly fileName: string;
  readonly contentType: string;
  readonly fileSizeBytes: number;
}

/** A signed address to send the bytes to, and the URL that names them afterwards. */
export interface AudioUpload {
  readonly uploadUrl: string;
  readonly method: "PUT";
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly fileUrl: string;
  readonly expiresAt: number | null;
}

export type UploadOutcome =
  | { upload: AudioUpload; faults: readonly [] }
  | { upload: null; faults: readonly UserFault[] };

export type WatchTokenOutcome =
  | { token: string; expiresAt: number; faults: readonly [] }
  | { token: null; expiresAt: null; faults: readonly UserFault[] };

export interface ViewerDescription {
  readonly id: string;
  readonly limits: readonly LimitUse[];
}

/** What a caller may still ask in the present minute. */
export interface RequestAllowance {
  readonly limit: number;
  readonly remaining: number;
  readonly resetsAt: number;
}

export interface JobFilter {
  readonly status: readonly JobStatus[] | null;
  readonly requestId: string | null;
  readonly createdAfter: number | null;
  readonly createdBefore: number | null;
}

/** A Relay page request; exactly one of `first` and `last` is set. Newest first. */
export interface PageRequest {
  readonly first: number | null;
  readonly after: string | null;
  readonly last: number | null;
  readonly before: string | null;
  readonly filter: JobFilter;
}

export interface JobPage {
  readonly edges: readonly { readonly cursor: string; readonly job: Job }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Exact number of matching jobs, null beyond 10,000. Counted only when called. */
  readonly countTotal: () => Promise<number | null>;
}

export interface EngineDescription {
  readonly kind: "FAL" | "LOCAL";
  readonly status: "OK" | "PAUSED";
  /** Why sending is paused, in plain words; null while OK. */
  readonly message: string | null;
}

/** A delivery to the address that upstream was given with a submission. */
export interface ReceivedWebhook {
  /** The address's query. */
  readonly jobId: string;
  readonly proof: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As it came, byte for byte. */
  readonly body: Uint8Array;
}

/** Public Ed25519 keys as a JSON Web Key Set. */
export interface WebhookKeySet {
  readonly keys: readonly {
    readonly kty: "OKP";
    readonly crv: "Ed25519";
    readonly alg: "EdDSA";
    readonly use: "sig";
    readonly kid: string;
    readonly x: string;
  }[];
}

/** FOREIGN: not the address of a job, or about somebody else's request. UNSIGNED: or stale, or not signed by upstream. */
export type WebhookVerdict = "ACCEPTED" | "UNSIGNED" | "FOREIGN" | "UNKNOWN_JOB" | "MALFORMED";

/** What a link to a kept result names, with the proof that this server made it. */
export interface ResultLink {
  readonly jobId: string;
  readonly fileName: string;
  readonly keyId: string;
  readonly signature: string;
}

export interface ResultFile {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  /** The bytes from `start` to `end`, both included. */
  readonly stream: (start: number, end: number) => Readable;
}

/**
 * Every use case of the product, one function each: all that resolvers and routes may call. What takes a caller throws
 * ForbiddenError when a watch token is no credential for it.
 */
export interface Services {
  /**
   * Who asks, by the value of an Authorization header or of what stands for it; null: none was sent. Rejects with
   * UnauthenticatedError, or with UnavailableError when credentials can't be checked at present.
   */
  authenticate(authorization: string | null): Promise<Caller>;
  /** Counts one request before it is looked at. Rejects with RateLimitedError. Null: there is no limit. */
  countRequest(caller: Caller): Promise<RequestAllowance | null>;
  describeViewer(caller: Caller): Promise<ViewerDescription>;
  submitJob(caller: Caller, input: SubmitInput, options: SubmitOptions): Promise<SubmitOutcome>;
  cancelJob(caller: Caller, jobId: string): Promise<CancelOutcome>;
  /** Null for an unknown id and for another caller's job alike. */
  findJob(caller: Caller, jobId: string): Promise<Job | null>;
  /** Throws BadUserInputError. */
  listJobs(caller: Caller, page: PageRequest): Promise<JobPage>;
  /** The newest `last` lines, oldest first. Rejects with NotFoundError for another caller's job. */
  readLogs(caller: Caller, job: Job, last: number): Promise<readonly LogLine[]>;
  /** What happened to the job, oldest first. Rejects with NotFoundError for another caller's job. */
  readTimeline(caller: Caller, job: Job): Promise<readonly TimelineEntry[]>;
  /** The job's output with the address under which its file is best had at present. */
  outputOf(job: Job): Promise<InpaintOutput | null>;
  /** Null for a link that this server did not make, and for a file that is gone. */
  openResult(link: ResultLink): Promise<ResultFile | null>;
  /** Opaque cursor of the job's newest update. */
  cursorOf(job: Job): string;
  /**
   * Replay, then live, until the job is finished. Rejects with NotFoundError, BadUserInputError or RateLimitedError,
   * before any update; with UnauthenticatedError at the next update once the caller's credential has expired.
   * Returning the iterator, also while an update is awaited, ends it at once and releases everything it holds.
   */
  watchJob(caller: Caller, jobId: string, after: string | null): Promise<AsyncIterableIterator<JobUpdate>>;
  /** A signed credential to look at this job and at nothing else. */
  createWatchToken(caller: Caller, jobId: string, ttlSeconds: number): Promise<WatchTokenOutcome>;
  createUpload(caller: Caller, upload: UploadRequest): Promise<UploadOutcome>;
  /**
   * Upstream says that a request is finished. Resolves once that is stored; rejects with UnavailableError when it can't be.
   * Null: upstream is not asked to call.
   */
  readonly receiveWebhook: ((webhook: ReceivedWebhook) => Promise<WebhookVerdict>) | null;
  /** The keys that check our own webhooks. */
  publishWebhookKeys(): Promise<WebhookKeySet>;
  describeEngine(caller: Caller): EngineDescription;
  /** Resolves when store and engine answer; rejects with the reason otherwise. */
  checkReadiness(): Promise<void>;
}
