import type { Job } from "../job.js";
import type { Database } from "./database.js";
import { type JobRow, jobFromRow } from "./job-rows.js";

/** How many jobs a sweep takes at once; the next sweep goes on. */
const SWEEP_LIMIT = 500;
/** By how much the clocks of instances may differ. */
const CLOCK_TOLERANCE_MS = 10_000;

/** What upstream has, or may have, of all instances. */
export interface UpstreamLoad {
  /** Unfinished requests, those included of which it is not known whether they arrived. */
  readonly jobs: number;
  /** Submissions that are on their way. */
  readonly sending: number;
  /** Which submissions got no answer and were not found since: another text whenever there is a new one. */
  readonly lostAnswers: string;
}

export interface JobCount extends Pick<Job, "status" | "submission"> {
  readonly count: number;
}

/** Which jobs have to be worked on, and by which instance. What is read for that is decided on, and told nobody. */
export class JobClaims {
  constructor(private readonly database: Database) {}

  /** Runs `work` while no other instance chooses a job to send. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.database.withLock("dispatch", work);
  }

  /**
   * The job to send next: NORMAL before LOW, then the caller whose last turn is longest ago, then the oldest of that
   * caller's. So a caller with many jobs delays another's by one turn.
   * A turn in the future counts as none: the clock was set back.
   */
  async findNextToSend(now: number): Promise<Job | null> {
    const [row] = await this.database.peek<JobRow>(
      `WITH head AS (
          SELECT caller_id, priority, min(created_at) AS oldest FROM job
          WHERE finished_at IS NULL AND submission = 'WAITING' GROUP BY caller_id, priority
        ), turn AS (
          SELECT caller_id, priority, oldest,
            (SELECT max(claimed_at) FROM job WHERE job.caller_id = head.caller_id AND claimed_at <= $1) AS last_turn
          FROM head
        ), next AS (
          SELECT caller_id, priority FROM turn
          ORDER BY CASE priority WHEN 'NORMAL' THEN 0 ELSE 1 END, coalesce(last_turn, 0), oldest LIMIT 1
        )
        SELECT job.* FROM job JOIN next ON next.caller_id = job.caller_id AND next.priority = job.priority
        WHERE finished_at IS NULL AND submission = 'WAITING' ORDER BY created_at, id LIMIT 1`,
      [now + CLOCK_TOLERANCE_MS],
    );
    return row ? jobFromRow(row) : null;
  }

  /** Jobs that still wait although their start deadline has passed. */
  async findOverdue(deadlineBefore: number): Promise<Job[]> {
    return this.select("finished_at IS NULL AND submission = 'WAITING' AND start_deadline_at < $1", [deadlineBefore]);
  }

  /** Jobs that this instance claimed to send, and whose sending has not ended yet. */
  async findSending(ownerId: string): Promise<Job[]> {
    return this.select("finished_at IS NULL AND submission = 'SENDING' AND owner_id = $1", [ownerId]);
  }

  /** Jobs of this instance that were sent without an answer. */
  async findUnconfirmed(ownerId: string): Promise<Job[]> {
    return this.select(
      "finished_at IS NULL AND submission <> 'WAITING' AND submission = 'UNCONFIRMED' AND owner_id = $1",
      [ownerId],
    );
  }

  /** Jobs of this instance that are to be followed. */
  async findSubmitted(ownerId: string): Promise<Job[]> {
    const rows = await this.database.peek<JobRow>(
      `SELECT * FROM job WHERE finished_at IS NULL AND submission <> 'WAITING' AND submission = 'SUBMITTED' AND owner_id = $1`,
      [ownerId],
    );
    return rows.map(jobFromRow);
  }

  /** Jobs that were sent by an instance that is gone. */
  async findOrphans(): Promise<Job[]> {
    return this.select(
      `finished_at IS NULL AND submission <> 'WAITING'
        AND (owner_id IS NULL OR owner_id NOT IN (SELECT id FROM instance WHERE ${this.isAlive()}))`,
      [],
    );
  }

  async isRequestBound(requestId: string): Promise<boolean> {
    return (await this.database.peek("SELECT 1 AS one FROM job WHERE request_id = $1", [requestId])).length > 0;
  }

  async readUpstreamLoad(): Promise<UpstreamLoad> {
    const [row] = await this.database.peek<{ jobs: number; sending: number; lost: number; newest: number | null }>(
      `SELECT (SELECT count(*) FROM job WHERE finished_at IS NULL AND submission <> 'WAITING') AS jobs,
        (SELECT count(*) FROM job
          WHERE finished_at IS NULL AND submission <> 'WAITING' AND submission = 'SENDING') AS sending,
        (SELECT count(*) FROM job WHERE submission = 'UNCONFIRMED') AS lost,
        (SELECT max(claimed_at) FROM job WHERE submission = 'UNCONFIRMED') AS newest`,
    );
    return {
      jobs: Number(row?.jobs ?? 0),
      sending: Number(row?.sending ?? 0),
      lostAnswers: `${row?.lost ?? 0}:${row?.newest ?? ""}`,
    };
  }

  /** Unfinished jobs by where they stand, over all instances. */
  async countUnfinished(): Promise<JobCount[]> {
    const rows = await this.database.query<JobCount>(
      `SELECT status, submission, count(*) AS count FROM job WHERE finished_at IS NULL AND submission = 'WAITING'
          GROUP BY status, submission
        UNION ALL
        SELECT status, submission, count(*) FROM job WHERE finished_at IS NULL AND submission <> 'WAITING'
          GROUP BY status, submission`,
    );
    return rows.map((row) => ({ ...row, count: Number(row.count) }));
  }

  /** Says that an instance lives for another `lifetimeMs`, by the database's clock. Forgets instances long dead. */
  async heartbeat(instanceId: string, lifetimeMs: number): Promise<void> {
    const { now } = this.database;
    await this.database.query(
      `INSERT INTO instance (id, lifetime_ms, alive_at) VALUES ($1, $2, ${now})
        ON CONFLICT (id) DO UPDATE SET alive_at = ${now}`,
      [instanceId, lifetimeMs],
    );
  }

  /** Hands all jobs of an instance over: the next sweep of any other takes them. */
  async leave(instanceId: string): Promise<void> {
    await this.database.query("DELETE FROM instance WHERE id = $1", [instanceId]);
  }

  /** Where no other process can use the database, every instance but this is a dead one. */
  async forgetOthers(instanceId: string): Promise<void> {
    if (this.database.shared) {
      await this.database.query(`DELETE FROM instance WHERE NOT (${this.isAlive()})`);
    } else {
      await this.database.query("DELETE FROM instance WHERE id <> $1", [instanceId]);
    }
  }

  /** A sign of life from the future is none: the clock was set back. */
  private isAlive(): string {
    const { now } = this.database;
    return `alive_at > ${now} - lifetime_ms AND alive_at < ${now} + lifetime_ms`;
  }

  private async select(condition: string, parameters: readonly (string | number)[]): Promise<Job[]> {
    const rows = await this.database.peek<JobRow>(
      `SELECT * FROM job WHERE ${condition} ORDER BY created_at, id LIMIT ${SWEEP_LIMIT}`,
      parameters,
    );
    return rows.map(jobFromRow);
  }
}
