import type { InpaintUpdate } from "../schema/inpaint-update.js";
import type { JobUpdate } from "../services/job.js";
import { presentJob } from "./present-job.js";
import { presentLogLine } from "./present-log-line.js";

export function presentUpdate(update: JobUpdate): InpaintUpdate {
  return {
    cursor: update.cursor,
    snapshot: update.snapshot,
    status: update.status,
    queuePosition: update.queuePosition,
    progress: update.progress,
    logs: update.logs.map(presentLogLine),
    job: presentJob(update.job),
  };
}
