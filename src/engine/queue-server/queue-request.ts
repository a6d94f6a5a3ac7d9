/** fal knows three states only; a failed or cancelled request is COMPLETED too (fal docs, "Queue: status"). */
export type RequestStatus = "IN_QUEUE" | "IN_PROGRESS" | "COMPLETED";
export type RequestPriority = "normal" | "low";
export type LogLevel = "INFO" | "WARN" | "ERROR";

/** One line of a request's log, in the form fal's status JSON shows it. */
export interface LogEntry {
  /** ISO 8601 in UTC; ours with milliseconds and `Z`. */
  timestamp: string;
  message: string;
  /** Ours tell both; live fal's lines have had neither. */
  level?: LogLevel;
  source?: "USER";
  labels: Record<string, string>;
}

/** How a request ended. URLs are made from it when it is read, so they follow the server's address. */
export type Outcome =
  | {
      kind: "audio";
      fileId: string;
      /** Decimal digits. */
      seed: string;
      /** sync_mode: the audio is answered as a data URI. */
      inline: boolean;
    }
  | { kind: "model-error"; statusCode: number; detail: readonly object[] | string }
  | {
      kind: "infrastructure-error";
      statusCode: number;
      errorType: string;
      message: string;
      /** The caller's own start deadline passed. */
      userDeadline?: boolean;
    };

/** Who is told of the end of a request (fal docs, "Webhooks"). */
export interface RequestedWebhook {
  url: string;
  /** Delivered, or given up. */
  settled: boolean;
}

/** Everything kept about one request except its input, which may be megabytes and stays on disk. */
export interface QueueRequest {
  id: string;
  /** The id of its last attempt; another one than `id` after it was queued again. */
  gatewayRequestId: string;
  /** Order of arrival, over restarts too. */
  sequence: number;
  endpointId: string;
  priority: RequestPriority;
  sentAtMs: number;
  /** By then the request must have started, else it fails. */
  startDeadlineMs: number | null;
  /** How long the files made for this request are kept; null: as long as all others. */
  fileLifetimeSeconds: number | null;
  /** False: the input is deleted at the end and not shown in the request history (X-Fal-Store-IO: 0). */
  keepsPayload: boolean;
  webhook: RequestedWebhook | null;
  status: RequestStatus;
  /** How often it was started; more than one only when the process died meanwhile. */
  attempts: number;
  startedAtMs: number | null;
  endedAtMs: number | null;
  /** 0..1, null before the first report. */
  progress: number | null;
  logs: LogEntry[];
  /** Set exactly when the status is COMPLETED. */
  outcome: Outcome | null;
}
