import { encodeEventCursor } from "../cursor.js";
import type { Job, JobUpdate, LogLine } from "../job.js";
import type { JobEvent } from "../store/job-change.js";

/**
 * The updates of watched jobs. An update is the same object for all of a job's watchers, so that whatever is made of it can
 * be made once: its answer in GraphQL, and the answer's text. It tells the job as it was known when the update was made:
 * with newer knowledge there is a new one.
 */
export class SharedUpdates {
  #known = new WeakMap<Job, Map<JobEvent | null, JobUpdate>>();
  #snapshots = new WeakMap<Job, Promise<JobUpdate>>();

  /** What tells of the event. Null: of no event, but where the job stands in the queue. */
  of(job: Job, event: JobEvent | null): JobUpdate {
    const updates = this.#known.get(job) ?? new Map<JobEvent | null, JobUpdate>();
    this.#known.set(job, updates);
    const known = updates.get(event);
    if (known !== undefined) return known;
    const { status, progress } = event ?? job;
    const sequence = event?.sequence ?? job.lastSequence;
    const update = makeUpdate(job, { status, progress, sequence }, false, event?.logs ?? []);
    updates.set(event, update);
    return update;
  }

  /** The job's whole state. Its lines are read once for all who ask meanwhile; a failure is told to all of them. */
  snapshotOf(job: Job, readLogs: () => Promise<readonly LogLine[]>): Promise<JobUpdate> {
    const known = this.#snapshots.get(job);
    if (known !== undefined) return known;
    const state = { status: job.status, progress: job.progress, sequence: job.lastSequence };
    const snapshot = readLogs().then((logs) => makeUpdate(job, state, true, logs));
    snapshot.catch(() => this.#snapshots.delete(job));
    this.#snapshots.set(job, snapshot);
    return snapshot;
  }

  /** Lets go of all: what is asked for again is made again. To be called now and then, lest a quiet job's log be held. */
  forget(): void {
    this.#known = new WeakMap();
    this.#snapshots = new WeakMap();
  }
}

function makeUpdate(
  job: Job,
  { status, progress, sequence }: Pick<Job, "status" | "progress"> & { readonly sequence: number },
  snapshot: boolean,
  logs: readonly LogLine[],
): JobUpdate {
  return {
    cursor: encodeEventCursor(job.id, sequence),
    snapshot,
    status,
    queuePosition: status === "IN_QUEUE" ? job.queuePosition : null,
    progress,
    logs,
    job,
  };
}
