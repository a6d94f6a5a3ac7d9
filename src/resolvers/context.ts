import type { Caller } from "../services/job.js";
import type { Services } from "../services/services.js";

/** What every resolver is given, whatever the transport. One per operation. */
export interface ApiContext {
  readonly caller: Caller;
  readonly services: Services;
  /** Names the operation in the log and in masked errors. */
  readonly requestId: string;
  /** The job that the operation is about, once known: for the log. */
  jobId?: string;
}
