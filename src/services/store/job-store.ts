import type { Job, JobStatus } from "../job.js";
import type { JobFilter } from "../services.js";
import type { Database, Query, SqlValue } from "./database.js";
import { changedValues, type EventRow, inputText, type JobRow, jobFromRow, type StoredLogLine } from "./job-rows.js";
import { MicroBatcher } from "./micro-batcher.js";

/** What happened to a job: one event per change, numbered from 1 without a gap, stored before anyone sees it. */
export type JobEventName =
  | "accepted"
  | "sending"
  | "waiting"
  | "unconfirmed"
  | "submitted"
  | "status"
  | "cancel-requested"
  | "finished";

export interface JobEvent {
  readonly sequence: number;
  readonly status: JobStatus;
  readonly progress: number | null;
  readonly logs: readonly StoredLogLine[];
}

export type NewLogLine = Omit<StoredLogLine, "sequence">;

/** One step of one job. It is taken only if nobody changed the job since `before` was read. */
export interface JobChange {
  readonly before: Job;
  readonly after: Job;
  readonly name: JobEventName;
  readonly at: number;
  readonly logs?: readonly NewLogLine[];
}

export interface NewJob {
  readonly job: Job;
  readonly idempotencyKey: string | null;
  readonly idempotencyHash: string;
  /** The data: URI to send, when input.audioUrl is only its shortened form. */
  readonly payload: string | null;
}

export interface ListPosition {
  readonly createdAt: number;
  readonly id: string;
}

export interface ListRequest {
  readonly filter: JobFilter;
  readonly limit: number;
  /** "older" walks from the newest to the oldest, "newer" the other way. */
  readonly direction: "older" | "newer";
  readonly olderThan: ListPosition | null;
  readonly newerThan: ListPosition | null;
}

/**
 * Ahead of a job that waits to be sent: what was sent and is still queued upstream, and what is sent before it. Counted
 * along the index of waiting jobs, because every look at a waiting job asks for it.
 */
const SELECT_JOB = `SELECT job.*, CASE WHEN submission = 'WAITING' AND finished_at IS NULL THEN
    (SELECT count(*) FROM job AS sent
      WHERE sent.finished_at IS NULL AND sent.submission <> 'WAITING' AND sent.status = 'IN_QUEUE')
    + (SELECT count(*) FROM job AS ahead
      WHERE ahead.finished_at IS NULL AND ahead.submission = 'WAITING' AND ahead.priority = job.priority
        AND (ahead.created_at, ahead.id) < (job.created_at, job.id))
    + CASE WHEN job.priority = 'LOW' THEN (SELECT count(*) FROM job AS preferred
      WHERE preferred.finished_at IS NULL AND preferred.submission = 'WAITING' AND preferred.priority = 'NORMAL')
      ELSE 0 END
  END AS waiting_ahead FROM job`;

const UPDATE_JOB = `UPDATE job SET status = $1, submission = $2, request_id = $3, progress = $4, outcome = $5,
    submitted_at = $6, started_at = $7, finished_at = $8, cancel_requested_at = $9,
    queue_position = CASE WHEN $1 = 'IN_QUEUE' THEN queue_position END,
    last_sequence = last_sequence + 1, log_count = log_count + $10
  WHERE id = $11 AND last_sequence = $12 RETURNING id`;

const INSERT_EVENT = `INSERT INTO job_event (job_id, sequence, at, name, status, progress, logs)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;

const IDS_PER_READ = 100;
const SELECT_SEVERAL = `${SELECT_JOB} WHERE id IN (${Array.from({ length: IDS_PER_READ }, (_, index) => `$${index + 1}`).join(", ")})`;

export const MAX_TOTAL_COUNT = 10_000;

/** Jobs and their events. Every method rejects with the database's own error when the database fails. */
export class JobStore {
  private readonly changes: MicroBatcher<JobChange, Job | null>;

  /** @param onChange told the ids of jobs whose new events were just committed. */
  constructor(
    private readonly database: Database,
    private readonly onChange: (jobIds: readonly string[]) => void,
  ) {
    this.changes = new MicroBatcher((items) => this.writeChanges(items));
  }

  /** Stores a job with its first event, unless the caller used the idempotency key before: then `existing` is that job. */
  async insert(entry: NewJob): Promise<{ existing: { job: Job; hash: string } | null }> {
    const { job, idempotencyKey, idempotencyHash, payload } = entry;
    const existing = await this.database.transaction(async (query) => {
      const inserted = await query<{ id: string }>(
        `INSERT INTO job (id, caller_id, status, submission, priority, input, idempotency_key, idempotency_hash,
            created_at, start_deadline_at, last_sequence, log_count)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, 0) ON CONFLICT DO NOTHING RETURNING id`,
        [
          job.id,
          job.callerId,
          job.status,
          job.submission,
          job.priority,
          inputText(job.input),
          idempotencyKey,
          idempotencyHash,
          job.createdAt,
          job.startDeadlineAt,
        ],
      );
      if (inserted.length === 0) return findByKey(query, job.callerId, idempotencyKey ?? "");
      await query(INSERT_EVENT, [job.id, 1, job.createdAt, "accepted", job.status, null, null]);
      if (payload !== null)
        await query("INSERT INTO job_payload (job_id, audio_url) VALUES ($1, $2)", [job.id, payload]);
      return null;
    });
    if (!existing) this.onChange([job.id]);
    return { existing };
  }

  findByIdempotencyKey(callerId: string, key: string): Promise<{ job: Job; hash: string } | null> {
    return findByKey(this.database.query, callerId, key);
  }

  /** Commits one step; null when somebody else changed the job since `before` was read (read it again, decide anew). */
  change(change: JobChange): Promise<Job | null> {
    return this.changes.add(change);
  }

  async find(jobId: string): Promise<Job | null> {
    const [row] = await this.database.query<JobRow>(`${SELECT_JOB} WHERE id = $1`, [jobId]);
    return row ? jobFromRow(row) : null;
  }

  /** Several jobs in one read, in no particular order; unknown ids are left out. */
  async findMany(jobIds: readonly string[]): Promise<Job[]> {
    const found: Job[] = [];
    for (let start = 0; start < jobIds.length; start += IDS_PER_READ) {
      const ids = jobIds.slice(start, start + IDS_PER_READ);
      // Always as many places, so that there is one statement only: the rest is filled with one of the ids.
      const places = Array.from({ length: IDS_PER_READ }, (_, index) => ids[index] ?? ids[0] ?? "");
      found.push(...(await this.database.query<JobRow>(SELECT_SEVERAL, places)).map(jobFromRow));
    }
    return found;
  }

  /** Unfinished jobs that were sent, or were being sent, oldest first. */
  async findSent(): Promise<Job[]> {
    const rows = await this.database.query<JobRow>(
      `SELECT * FROM job WHERE finished_at IS NULL AND submission <> 'WAITING' ORDER BY created_at, id`,
    );
    return rows.map(jobFromRow);
  }

  /** The next jobs to send: NORMAL before LOW, then by age. */
  async findWaiting(limit: number): Promise<Job[]> {
    const rows = await this.database.query<JobRow>(
      `SELECT * FROM job WHERE finished_at IS NULL AND submission = 'WAITING'
        ORDER BY priority DESC, created_at, id LIMIT $1`,
      [limit],
    );
    return rows.map(jobFromRow);
  }

  /** Jobs that still wait although their start deadline has passed. */
  async findOverdue(deadlineBefore: number): Promise<Job[]> {
    const rows = await this.database.query<JobRow>(
      `SELECT * FROM job WHERE finished_at IS NULL AND submission = 'WAITING' AND start_deadline_at < $1 LIMIT 100`,
      [deadlineBefore],
    );
    return rows.map(jobFromRow);
  }

  /** Jobs that were sent without an answer, oldest first. */
  async findUnconfirmed(): Promise<Job[]> {
    const rows = await this.database.query<JobRow>(
      `SELECT * FROM job WHERE finished_at IS NULL AND submission <> 'WAITING' AND submission = 'UNCONFIRMED'
        ORDER BY created_at LIMIT 100`,
    );
    return rows.map(jobFromRow);
  }

  async isRequestBound(requestId: string): Promise<boolean> {
    return (await this.database.query("SELECT 1 AS one FROM job WHERE request_id = $1", [requestId])).length > 0;
  }

  /** How many requests are, or may be, with upstream and unfinished. */
  async countUpstream(): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(
      `SELECT count(*) AS count FROM job WHERE finished_at IS NULL AND submission <> 'WAITING'`,
    );
    return Number(row?.count ?? 0);
  }

  /** Events after `sequence`, oldest first. */
  async eventsSince(jobId: string, sequence: number, limit: number): Promise<JobEvent[]> {
    const rows = await this.database.query<EventRow>(
      `SELECT sequence, status, progress, logs FROM job_event
        WHERE job_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
      [jobId, sequence, limit],
    );
    return rows.map((row) => ({ ...row, logs: parseLogs(row.logs) }));
  }

  /** The newest `last` lines up to the event `sequence`, oldest first. */
  async readLogs(jobId: string, last: number, upToSequence: number): Promise<StoredLogLine[]> {
    if (last === 0) return [];
    const rows = await this.database.query<{ logs: string }>(
      `SELECT logs FROM job_event WHERE job_id = $1 AND sequence <= $2 AND logs IS NOT NULL
        ORDER BY sequence DESC LIMIT $3`,
      [jobId, upToSequence, last],
    );
    return rows
      .reverse()
      .flatMap((row) => parseLogs(row.logs))
      .slice(-last);
  }

  /** One page in the direction asked for; `id` breaks ties, so the order is total. */
  async list(callerId: string, request: ListRequest): Promise<Job[]> {
    const { where, parameters } = listConditions(callerId, request.filter);
    if (request.olderThan) {
      where.push(`(created_at, id) < ($${parameters.length + 1}, $${parameters.length + 2})`);
      parameters.push(request.olderThan.createdAt, request.olderThan.id);
    }
    if (request.newerThan) {
      where.push(`(created_at, id) > ($${parameters.length + 1}, $${parameters.length + 2})`);
      parameters.push(request.newerThan.createdAt, request.newerThan.id);
    }
    const order = request.direction === "older" ? "DESC" : "ASC";
    parameters.push(request.limit);
    const rows = await this.database.query<JobRow>(
      `${SELECT_JOB} WHERE ${where.join(" AND ")}
        ORDER BY created_at ${order}, id ${order} LIMIT $${parameters.length}`,
      parameters,
    );
    return rows.map(jobFromRow);
  }

  /** Null beyond MAX_TOTAL_COUNT: counting further would cost more than the figure is worth. */
  async count(callerId: string, filter: JobFilter): Promise<number | null> {
    const { where, parameters } = listConditions(callerId, filter);
    const [row] = await this.database.query<{ count: number }>(
      `SELECT count(*) AS count FROM (SELECT 1 FROM job WHERE ${where.join(" AND ")} LIMIT ${MAX_TOTAL_COUNT + 1}) AS some`,
      parameters,
    );
    const count = Number(row?.count ?? 0);
    return count > MAX_TOTAL_COUNT ? null : count;
  }

  async findPayload(jobId: string): Promise<string | null> {
    const [row] = await this.database.query<{ audio_url: string }>(
      "SELECT audio_url FROM job_payload WHERE job_id = $1",
      [jobId],
    );
    return row?.audio_url ?? null;
  }

  /** Upstream's queue positions move too often to be events; watchers read them from the job. */
  async setQueuePosition(jobId: string, position: number | null): Promise<void> {
    await this.database.query(`UPDATE job SET queue_position = $1 WHERE id = $2 AND finished_at IS NULL`, [
      position,
      jobId,
    ]);
  }

  async ping(): Promise<void> {
    await this.database.query("SELECT 1 AS one");
  }

  private async writeChanges(changes: readonly JobChange[]): Promise<(Job | null)[]> {
    const results = await this.database.transaction(async (query) => {
      const written: (Job | null)[] = [];
      for (const change of changes) written.push(await writeChange(query, change));
      return written;
    });
    const changed = new Set(results.flatMap((job) => (job ? [job.id] : [])));
    if (changed.size > 0) this.onChange([...changed]);
    return results;
  }
}

async function writeChange(query: Query, { before, after, name, at, logs = [] }: JobChange): Promise<Job | null> {
  const updated = await query<{ id: string }>(UPDATE_JOB, [
    ...changedValues(after),
    logs.length,
    before.id,
    before.lastSequence,
  ]);
  if (updated.length === 0) return null;
  const sequence = before.lastSequence + 1;
  const numbered = logs.map((line, index) => ({ ...line, sequence: before.logCount + index + 1 }));
  const logText = numbered.length > 0 ? JSON.stringify(numbered) : null;
  await query(INSERT_EVENT, [before.id, sequence, at, name, after.status, after.progress, logText]);
  if (mayBeSent(before) && !mayBeSent(after)) await query("DELETE FROM job_payload WHERE job_id = $1", [before.id]);
  return { ...after, lastSequence: sequence, logCount: before.logCount + logs.length };
}

/** Only such a job still needs its data: URI. */
function mayBeSent({ finishedAt, submission }: Job): boolean {
  return finishedAt === null && (submission === "WAITING" || submission === "SENDING");
}

async function findByKey(query: Query, callerId: string, key: string): Promise<{ job: Job; hash: string } | null> {
  const [row] = await query<JobRow & { idempotency_hash: string }>(
    `${SELECT_JOB} WHERE caller_id = $1 AND idempotency_key = $2`,
    [callerId, key],
  );
  return row ? { job: jobFromRow(row), hash: row.idempotency_hash } : null;
}

function listConditions(callerId: string, filter: JobFilter): { where: string[]; parameters: SqlValue[] } {
  const where = ["caller_id = $1"];
  const parameters: SqlValue[] = [callerId];
  const add = (condition: (place: string) => string, value: SqlValue) => {
    parameters.push(value);
    where.push(condition(`$${parameters.length}`));
  };
  if (filter.status) {
    if (filter.status.length === 0) where.push("1 = 0");
    else {
      // A status named twice is no other statement.
      const places = [...new Set(filter.status)].map((status) => `$${parameters.push(status)}`);
      where.push(`status IN (${places.join(", ")})`);
    }
  }
  if (filter.requestId !== null) add((place) => `request_id = ${place}`, filter.requestId);
  if (filter.createdAfter !== null) add((place) => `created_at > ${place}`, filter.createdAfter);
  if (filter.createdBefore !== null) add((place) => `created_at < ${place}`, filter.createdBefore);
  return { where, parameters };
}

function parseLogs(text: string | null): StoredLogLine[] {
  return text === null ? [] : (JSON.parse(text) as StoredLogLine[]);
}
