import type { Logger } from "pino";
import type { Observations } from "../observations.js";

/** One line for each turn in a job's life, by whichever instance took it; mere progress is left to `trace`. */
export function logJobs(observations: Observations, logger: Logger): void {
  observations.on("job-step", ({ name, before, after }) => {
    const { id: jobId, callerId: caller, requestId, status, submission, error, billed } = after;
    const line = { jobId, caller, requestId, event: name, status, submission };
    if (name === "status") return logger.trace(line, "job progress");
    const ended = after.finishedAt !== null && (before?.finishedAt ?? null) === null;
    const milliseconds = after.finishedAt === null ? undefined : after.finishedAt - after.createdAt;
    logger.info(ended ? { ...line, code: error?.code, billed, milliseconds } : line, ended ? "job ended" : "job");
  });
}
