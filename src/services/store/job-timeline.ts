import type { JobStatus, TimelineEntry } from "../job.js";
import type { Database } from "./database.js";
import type { JobEventName } from "./job-change.js";
import { MicroBatcher } from "./micro-batcher.js";
import { readByIds } from "./read-by-ids.js";

/** As many as one job shows; a long outage makes more. */
export const MAX_TIMELINE_ENTRIES = 100;

type TimelineEventName = Exclude<JobEventName, "status"> | "delivered";

const WORDS: Readonly<Record<TimelineEventName, Omit<TimelineEntry, "at">>> = {
  accepted: { event: "accepted", detail: null },
  sending: { event: "sent", detail: null },
  waiting: { event: "put-back", detail: "It was not taken for now and waits to be sent again." },
  unconfirmed: { event: "unconfirmed", detail: "It was sent and no answer came; it is looked for, not sent again." },
  submitted: { event: "submitted", detail: null },
  started: { event: "started", detail: null },
  requeued: { event: "requeued", detail: "The engine put it back into its queue." },
  fallback: { event: "fallback", detail: "The live status gave out; the status is asked for instead." },
  "cancel-requested": { event: "cancel-requested", detail: null },
  "taken-over": { event: "taken-over", detail: "Another instance of this server goes on with it." },
  finished: { event: "finished", detail: null },
  delivered: { event: "delivered", detail: "The webhook was answered." },
};

interface TimelineRow {
  job_id: string;
  at: number;
  name: TimelineEventName;
  status: JobStatus | null;
}

/** The newest of each job, newest first; a delivery comes after everything else. */
const readTimelines = readByIds<TimelineRow>(
  (places) => `SELECT job_id, at, name, status FROM (
      SELECT job_id, at, name, status, place, row_number() OVER (PARTITION BY job_id ORDER BY place DESC) AS newest FROM (
        SELECT job_id, at, name, status, sequence AS place FROM job_event WHERE job_id IN (${places}) AND name <> 'status'
        UNION ALL
        SELECT job_id, delivered_at, 'delivered', NULL, ${2 ** 31 - 1} FROM webhook_delivery
        WHERE job_id IN (${places}) AND delivered_at IS NOT NULL
      ) AS entry
    ) AS numbered WHERE newest <= ${MAX_TIMELINE_ENTRIES} ORDER BY job_id, place`,
);

/** What happened to jobs, from their event logs; questions about several jobs share one read. */
export class JobTimelines {
  private readonly reads: MicroBatcher<string, TimelineEntry[]>;

  constructor(database: Database) {
    this.reads = new MicroBatcher(async (jobIds) => {
      const timelines = new Map<string, TimelineEntry[]>(jobIds.map((id) => [id, []]));
      for (const row of await readTimelines(database.query, [...timelines.keys()])) {
        timelines.get(row.job_id)?.push(...entriesOf(row));
      }
      return jobIds.map((id) => timelines.get(id) ?? []);
    });
  }

  /** Oldest first, the newest MAX_TIMELINE_ENTRIES. */
  read(jobId: string): Promise<readonly TimelineEntry[]> {
    return this.reads.add(jobId);
  }
}

/** What is cancelled before it was sent ends with that very event. */
function entriesOf({ at, name, status }: TimelineRow): TimelineEntry[] {
  const finished = { at, event: WORDS.finished.event, detail: status };
  if (name === "finished") return [finished];
  const entry = { at, ...WORDS[name] };
  return status === "CANCELLED" && (name === "cancel-requested" || name === "waiting") ? [entry, finished] : [entry];
}
