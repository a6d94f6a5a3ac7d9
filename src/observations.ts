import { EventEmitter } from "node:events";
import type { Job } from "./services/job.js";

/** What the parts of the server tell of their work, for whoever measures or logs it. */
interface Observed {
  /** A step of a job's life was committed by this instance; `before` is null when the job was accepted. */
  "job-step": [{ readonly name: string; readonly before: Job | null; readonly after: Job }];
  /** What became of one attempt to submit. `rejected`: refused for good; `refused`: it may be taken later. */
  submission: ["accepted" | "refused" | "rejected" | "unknown"];
  /** A call of upstream's ended. `status` is null when no answer came. */
  "upstream-call": [{ readonly kind: string; readonly status: number | null; readonly durationMs: number }];
  /** An event is known to the watchers of this instance, so long after it happened. */
  "event-learnt": [{ readonly lagMs: number }];
  "store-use": [{ readonly operation: string; readonly durationMs: number; readonly failed: boolean }];
  /** So many steps shared one durable commit. */
  "batch-written": [{ readonly steps: number }];
  "watch-started": [];
  "watch-ended": [];
  /** A caller reached one of its limits, or one that all share. */
  "limit-reached": [{ readonly limit: string }];
  /** A query or mutation was answered, or a subscription started. */
  operation: [{ readonly kind: string; readonly failed: boolean; readonly durationMs: number }];
  "document-looked-up": [{ readonly known: boolean }];
  "overload-refused": [];
  "stream-opened": [{ readonly transport: Transport }];
  "stream-closed": [{ readonly transport: Transport }];
}

/** What stays open. */
export type Transport = "websocket" | "event-stream";

/**
 * Where observations are told, synchronously. Who tells depends on nobody listening; who listens must not throw, and
 * must not take long.
 */
export class Observations extends EventEmitter<Observed> {}
