import { Observations } from "../../observations.js";
import type { Job } from "../job.js";
import type { Database, EventPosition, Query } from "./database.js";
import { EndedJobs, JOB_MARK, type JobMark } from "./ended-jobs.js";
import { findJobs, findStandings } from "./find-jobs.js";
import { type CommittedStep, changeRow, committed, type JobChange, type JobEvent } from "./job-change.js";
import {
  type EventRow,
  inputText,
  type JobRow,
  type JobStanding,
  jobFromRow,
  SELECT_JOB,
  type StoredLogLine,
} from "./job-rows.js";
import { MicroBatcher } from "./micro-batcher.js";
import { insertDelivery } from "./webhook-deliveries.js";

export interface NewJob {
  readonly job: Job;
  readonly idempotencyKey: string | null;
  readonly idempotencyHash: string;
  /** The data: URI to send, when input.audioUrl is only its shortened form. */
  readonly payload: string | null;
  /** Who is told how the job ended. */
  readonly webhookUrl: string | null;
  /** Runs in the transaction that stores the job, which is in it already; rejecting undoes it. Not for an existing job. */
  readonly admit?: (query: Query) => Promise<void>;
}

const INSERT_EVENT = `INSERT INTO job_event (job_id, sequence, at, name, status, progress, logs)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;

/** Sequence numbers are 32-bit integers in PostgreSQL. */
const LAST_POSSIBLE_SEQUENCE = 2 ** 31 - 1;

/** What is new about a job: its next events after the last one known, oldest first, and the job, at least as new as they are. */
export interface JobNews {
  readonly events: readonly JobEvent[];
  /** Null when it is gone. */
  readonly job: Job | null;
}

const POSITIONS_PER_READ = 100;

/** Jobs and their events. Every method rejects with the database's own error when the database fails. */
export class JobStore {
  private readonly changes: MicroBatcher<JobChange, Job | null>;
  private readonly news: MicroBatcher<EventPosition, JobNews>;

  /** @param onCommitted told the steps that were just committed. */
  constructor(
    private readonly database: Database,
    private readonly onCommitted: (steps: readonly CommittedStep[]) => void,
    private readonly observations = new Observations(),
    private readonly ended = new EndedJobs(),
  ) {
    this.changes = new MicroBatcher((items) => this.writeChanges(items));
    this.news = new MicroBatcher((items) => this.readNews(items), POSITIONS_PER_READ);
  }

  /** Stores a job with its first event, unless the caller used the idempotency key before: then `existing` is that job. */
  async insert(entry: NewJob): Promise<{ existing: { job: Job; hash: string } | null }> {
    const { job, idempotencyKey, idempotencyHash, payload, webhookUrl, admit } = entry;
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
      await admit?.(query);
      await query(INSERT_EVENT, [job.id, 1, job.createdAt, "accepted", job.status, null, null]);
      if (payload !== null)
        await query("INSERT INTO job_payload (job_id, audio_url) VALUES ($1, $2)", [job.id, payload]);
      if (webhookUrl !== null) await insertDelivery(query, job.id, webhookUrl);
      await this.database.announce(query, job.id);
      return null;
    });
    if (!existing) {
      this.observations.emit("job-step", { name: "accepted", before: null, after: job });
      const { status, progress, createdAt } = job;
      this.onCommitted([{ event: { sequence: 1, at: createdAt, status, progress, logs: [] }, job }]);
    }
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

  /** One look-up with one outcome for an unknown id and for another caller's. */
  async findOwned(callerId: string, jobId: string): Promise<Job | null> {
    const { query } = this.database;
    if (this.ended.has(callerId, jobId)) {
      const [mark] = await query<JobMark>(`SELECT ${JOB_MARK} FROM job WHERE id = $1`, [jobId]);
      const kept = mark && this.ended.find(callerId, mark);
      if (kept) return kept;
    }
    const [row] = await query<JobRow>(`${SELECT_JOB} WHERE id = $1 AND caller_id = $2`, [jobId, callerId]);
    return row ? this.ended.keep(row) : null;
  }

  /** Several jobs in one read, in no particular order; unknown ids are left out. */
  findMany(jobIds: readonly string[]): Promise<Job[]> {
    return findJobs(this.database.query, jobIds);
  }

  /** How far several jobs are, in no particular order; unknown ids are left out. */
  findStandings(jobIds: readonly string[]): Promise<JobStanding[]> {
    return findStandings(this.database.query, jobIds);
  }

  /** What is new since the event `sequence`, the first MAX_EVENTS_PER_READ of it; questions about several jobs share their reads. */
  newsSince(jobId: string, sequence: number): Promise<JobNews> {
    return this.news.add({ jobId, sequence });
  }

  /** Events after `sequence`, oldest first. */
  async eventsSince(jobId: string, sequence: number, limit: number): Promise<JobEvent[]> {
    const rows = await this.database.query<EventRow>(
      `SELECT job_id, sequence, at, status, progress, logs FROM job_event
        WHERE job_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`,
      [jobId, sequence, limit],
    );
    return rows.map(eventFromRow);
  }

  /** The newest `last` lines up to the event `sequence`, oldest first. */
  async readLogs(jobId: string, last: number, upToSequence = LAST_POSSIBLE_SEQUENCE): Promise<StoredLogLine[]> {
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

  /** The newest `last` lines of a job that was just read, oldest first. */
  logsOf(job: Job, last: number): Promise<readonly StoredLogLine[]> {
    return this.ended.logsOf(job, last, () => this.readLogs(job.id, last));
  }

  /** The audio URL to send where it is not the one that is shown: a data: URI, or where its audio was stored. */
  async findPayload(jobId: string): Promise<string | null> {
    const [row] = await this.database.query<{ audio_url: string }>(
      "SELECT audio_url FROM job_payload WHERE job_id = $1",
      [jobId],
    );
    return row?.audio_url ?? null;
  }

  async replacePayload(jobId: string, audioUrl: string): Promise<void> {
    await this.database.query("UPDATE job_payload SET audio_url = $2 WHERE job_id = $1", [jobId, audioUrl]);
  }

  /** Upstream's queue positions move too often to be events; watchers read them from the job. Only its owner tells. */
  async setQueuePosition({ id, ownerId }: Job, position: number | null): Promise<void> {
    await this.database.query(
      `UPDATE job SET queue_position = $1 WHERE id = $2 AND owner_id = $3 AND finished_at IS NULL`,
      [position, id, ownerId],
    );
  }

  /** Makes other instances look at a job though nothing about it is changed. */
  async announce(jobId: string): Promise<void> {
    await this.database.announce(this.database.query, jobId);
  }

  async ping(): Promise<void> {
    await this.database.query("SELECT 1 AS one");
  }

  private async readNews(asked: readonly EventPosition[]): Promise<JobNews[]> {
    const events = new Map<string, JobEvent[]>(asked.map(({ jobId }) => [jobId, []]));
    for (const row of await this.database.readEvents(asked)) {
      events.get(row.job_id)?.push(eventFromRow(row));
    }
    // After their events, so that each job is at least as new as they are.
    const jobs = new Map((await this.findMany([...events.keys()])).map((job) => [job.id, job]));
    return asked.map(({ jobId }) => ({ events: events.get(jobId) ?? [], job: jobs.get(jobId) ?? null }));
  }

  private async writeChanges(changes: readonly JobChange[]): Promise<(Job | null)[]> {
    // One step per job and batch: a second one was decided on what the first has changed, and is decided anew.
    const first = new Map<string, JobChange>();
    for (const change of changes) if (!first.has(change.before.id)) first.set(change.before.id, change);
    const written = await this.database.writeChanges([...first.values()].map(changeRow));
    this.observations.emit("batch-written", { steps: first.size });
    const steps = new Map<JobChange, CommittedStep>();
    for (const change of first.values()) if (written.has(change.before.id)) steps.set(change, committed(change));
    for (const [{ name, before }, { job }] of steps) {
      this.observations.emit("job-step", { name, before, after: job });
    }
    if (steps.size > 0) this.onCommitted([...steps.values()]);
    return changes.map((change) => steps.get(change)?.job ?? null);
  }
}

async function findByKey(query: Query, callerId: string, key: string): Promise<{ job: Job; hash: string } | null> {
  const [row] = await query<JobRow & { idempotency_hash: string }>(
    `${SELECT_JOB} WHERE caller_id = $1 AND idempotency_key = $2`,
    [callerId, key],
  );
  return row ? { job: jobFromRow(row), hash: row.idempotency_hash } : null;
}

function eventFromRow({ sequence, at, status, progress, logs }: EventRow): JobEvent {
  return { sequence, at, status, progress, logs: parseLogs(logs) };
}

function parseLogs(text: string | null): StoredLogLine[] {
  return text === null ? [] : (JSON.parse(text) as StoredLogLine[]);
}
