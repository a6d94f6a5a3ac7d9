import type { Billing, JobStatus, LogLevel, QueuePriority, SubmissionState } from "../services/job.js";
import { describeEnum } from "./describe-enum.js";

export const JobStatusEnum = describeEnum<JobStatus>(
  "JobStatus",
  "Where a job stands. The queue itself knows three states and calls failed and cancelled requests COMPLETED; " +
    "here COMPLETED means that the result is in hand.",
  {
    IN_QUEUE: "Accepted, and not being worked on yet. A job that was started may fall back to this state.",
    IN_PROGRESS: "The engine is working on it.",
    COMPLETED: "Finished: `output` holds the result. Final.",
    FAILED: "Ended without a result: `error` says why. Final.",
    CANCELLED: "Ended because it was cancelled. Final.",
  },
);

export const SubmissionStateEnum = describeEnum<SubmissionState>(
  "SubmissionState",
  "Where the request is on its way to the engine. A request is sent at most once.",
  {
    WAITING: "Stored here, not sent yet. Cancelling is immediate and free.",
    SENDING: "Being sent at this moment.",
    SUBMITTED: "The engine has accepted it; `requestId` is known.",
    UNCONFIRMED: "It was sent and no answer came. It is never sent again, but looked for at the engine.",
  },
);

export const QueuePriorityEnum = describeEnum<QueuePriority>(
  "QueuePriority",
  "The request's place among the others in the engine's queue.",
  {
    NORMAL: "Served in order of arrival.",
    LOW: "Served after the requests of normal priority.",
  },
);

export const LogLevelEnum = describeEnum<LogLevel>("LogLevel", "What kind of line the engine wrote.", {
  STDERR: "Written to the model's standard error; not necessarily a fault.",
  STDOUT: "Written to the model's standard output.",
  ERROR: "A fault.",
  INFO: "Ordinary information. Lines that came without a level are INFO too.",
  WARN: "Something to look at.",
  DEBUG: "Details for the model's developers.",
});

export const BillingEnum = describeEnum<Billing>("Billing", "Whether the request is charged to the engine's account.", {
  YES: "It is charged.",
  NO: "It is not charged.",
  UNKNOWN: "It cannot be told, or not yet.",
});
