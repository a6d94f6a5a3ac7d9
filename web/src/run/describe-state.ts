import { formatOrdinal } from "../shell/format";
import type { JobView } from "./job-view";

/** Where a job stands, in a few words. */
export function describeState({ status, queuePosition, progress, job }: JobView): string {
  switch (status) {
    case "IN_QUEUE":
      if (job.cancelRequestedAt !== null) return "Canceling…";
      if (queuePosition === null) return "Queued";
      return queuePosition === 0 ? "Queued · next in line" : `Queued · ${formatOrdinal(queuePosition + 1)} in line`;
    case "IN_PROGRESS":
      if (job.cancelRequestedAt !== null) return "Canceling…";
      if (progress === null) return "Running";
      return progress >= 1 ? "Finishing" : `Running · ${Math.floor(progress * 100)} %`;
    case "COMPLETED": {
      const done = `Done in ${secondsBetween(job.startedAt ?? job.createdAt, job.finishedAt)} s`;
      return job.cancelRequestedAt === null
        ? done
        : `${done}: it finished before the cancel arrived. The result is kept`;
    }
    case "FAILED":
      return "Failed";
    case "CANCELLED":
      return "Canceled";
  }
}

/** The same for a screen reader: only every quarter of the way is news. */
export function announceState(view: JobView): string {
  const { progress } = view;
  return describeState(progress === null ? view : { ...view, progress: Math.floor(progress * 4) / 4 });
}

function secondsBetween(start: string, end: string | null): string {
  return ((new Date(end ?? start).getTime() - new Date(start).getTime()) / 1000).toFixed(1);
}
