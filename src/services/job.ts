/** What the services know of a job. Times are Unix milliseconds, durations say their unit, absent is null. */

export const MODEL_ID = "fal-ai/stable-audio-25/inpaint";

export type JobStatus = "IN_QUEUE" | "IN_PROGRESS" | "COMPLETED" | "FAILED" | "CANCELLED";

/** Where the request is on its way upstream; see job-state.ts for the legal moves. */
export type SubmissionState = "WAITING" | "SENDING" | "SUBMITTED" | "UNCONFIRMED";

export type QueuePriority = "NORMAL" | "LOW";
export type Billing = "YES" | "NO" | "UNKNOWN";
export type LogLevel = "STDERR" | "STDOUT" | "ERROR" | "INFO" | "WARN" | "DEBUG";

export type JobErrorCode =
  | "INVALID_INPUT"
  | "AUDIO_UNAVAILABLE"
  | "AUDIO_UNSUPPORTED"
  | "CONTENT_REJECTED"
  | "UPSTREAM_AUTH"
  | "UPSTREAM_UNAVAILABLE"
  | "UPSTREAM_FAILED"
  | "TIMED_OUT"
  | "RESULT_EXPIRED"
  | "SUBMISSION_UNCONFIRMED"
  | "INTERNAL";

/** The one caller there is where nobody has to say who they are. */
export const ANONYMOUS_ID = "anonymous";

/** Who asks. Every job belongs to one caller, and no caller sees another's. */
export interface Caller {
  readonly id: string;
  /** When its credential stops being good. Left out: never. */
  readonly expiresAt?: number;
  /** Set for the holder of a watch token: the one job it may look at, and looking is all it may do. */
  readonly onlyJobId?: string;
}

/** The model's input after defaults and effective values: what is asked of the engine. */
export interface InpaintRequest {
  readonly prompt: string;
  /** An http(s) URL, or a data: URI already shortened for display. */
  readonly audioUrl: string;
  readonly secondsTotal: number | null;
  readonly guidanceScale: number;
  readonly maskStart: number;
  readonly maskEnd: number;
  readonly numInferenceSteps: number;
  readonly seed: bigint;
}

/** The model's File schema. */
export interface OutputFile {
  readonly url: string;
  readonly contentType: string | null;
  readonly fileName: string | null;
  readonly fileSize: number | null;
  readonly fileData: string | null;
}

/** A result that this server keeps itself. */
export interface ArchivedFile {
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
}

export interface InpaintOutput {
  readonly audio: OutputFile;
  readonly seed: bigint;
}

export interface JobError {
  readonly code: JobErrorCode;
  readonly message: string;
  /** Path of the input field at fault in the API's names, e.g. ["audioUrl"]. */
  readonly field: readonly string[] | null;
  readonly upstreamType: string | null;
  readonly upstreamStatus: number | null;
  readonly retryable: boolean;
}

/** One log line. `sequence` counts the job's lines from 1 and never changes. */
export interface LogLine {
  readonly sequence: number;
  readonly message: string;
  readonly level: LogLevel;
  readonly source: string | null;
  readonly timestamp: number;
}

export interface Job {
  readonly id: string;
  readonly callerId: string;
  readonly status: JobStatus;
  readonly submission: SubmissionState;
  readonly requestId: string | null;
  readonly input: InpaintRequest;
  readonly priority: QueuePriority;
  /** Requests ahead of this one, while IN_QUEUE and known. */
  readonly queuePosition: number | null;
  /** 0..1, only when the engine reports it. */
  readonly progress: number | null;
  /** As upstream told it. */
  readonly output: InpaintOutput | null;
  readonly archived: ArchivedFile | null;
  readonly error: JobError | null;
  readonly billed: Billing;
  readonly billableUnits: number | null;
  readonly inferenceSeconds: number | null;
  readonly createdAt: number;
  /** The request must have started by then; it is passed on upstream as a start deadline. */
  readonly startDeadlineAt: number;
  readonly submittedAt: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly cancelRequestedAt: number | null;
  /** The instance that sends and follows it; null while nobody does. */
  readonly ownerId: string | null;
  /** When its turn to be sent came last. */
  readonly claimedAt: number | null;
  /** Sequence number of the newest event. */
  readonly lastSequence: number;
  /** How many log lines the job has. */
  readonly logCount: number;
}

/** One thing that happened to a job on its way. */
export interface TimelineEntry {
  readonly at: number;
  /** A word of few, see store/job-timeline.ts. */
  readonly event: string;
  readonly detail: string | null;
}

/** One update for a watcher. A snapshot replaces what the watcher has; any other is appended. */
export interface JobUpdate {
  readonly cursor: string;
  readonly snapshot: boolean;
  readonly status: JobStatus;
  readonly queuePosition: number | null;
  readonly progress: number | null;
  readonly logs: readonly LogLine[];
  /** The whole job, at least as new as this update. */
  readonly job: Job;
}
