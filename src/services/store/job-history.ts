import type { Job } from "../job.js";
import type { JobFilter } from "../services.js";
import type { Database, SqlValue } from "./database.js";
import { EndedJobs, JOB_MARK, type JobMark } from "./ended-jobs.js";
import { readJobRows } from "./find-jobs.js";

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

/** Beyond this a total is not counted: it would cost more than the figure is worth. */
export const MAX_TOTAL_COUNT = 10_000;

/** How many jobs one step of cleaning touches. */
const CLEANING_BATCH = 100;

/** The jobs of each caller by age, and their removal. */
export class JobHistory {
  constructor(
    private readonly database: Database,
    private readonly ended = new EndedJobs(),
  ) {}

  /** Removes some jobs that finished before a time, with all that belongs to them. @returns their ids. */
  async removeFinished(before: number): Promise<string[]> {
    const removed = await this.database.query<{ id: string }>(
      `DELETE FROM job WHERE id IN (SELECT id FROM job WHERE finished_at < $1 ORDER BY finished_at LIMIT ${CLEANING_BATCH})
        RETURNING id`,
      [before],
    );
    return removed.map(({ id }) => id);
  }

  /** Drops events without log lines of some jobs that finished before a time. @returns how many jobs. */
  async compactFinished(before: number): Promise<number> {
    return this.database.transaction(async (query) => {
      const jobs = await query<{ id: string }>(
        `UPDATE job SET compacted_at = finished_at WHERE id IN (SELECT id FROM job
          WHERE finished_at < $1 AND compacted_at IS NULL ORDER BY finished_at LIMIT ${CLEANING_BATCH}) RETURNING id`,
        [before],
      );
      for (const { id } of jobs) {
        await query("DELETE FROM job_event WHERE job_id = $1 AND name = 'status' AND logs IS NULL", [id]);
      }
      return jobs.length;
    });
  }

  /**
   * One page in the direction asked for; `id` breaks ties, so the order is total. What is on the page is read from the
   * index alone, then of its jobs whether they stand as they are kept, then those that aren't kept: a page costs the same
   * however long the history is, and whatever the filter passes over is never fetched.
   */
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
    const { query } = this.database;
    const page = await query<JobMark>(
      `SELECT ${JOB_MARK} FROM (SELECT id, created_at FROM job WHERE ${where.join(" AND ")}
          ORDER BY created_at ${order}, id ${order} LIMIT $${parameters.length}) AS page
        JOIN job ON job.id = page.id ORDER BY page.created_at ${order}, page.id ${order}`,
      parameters,
    );
    const jobs = page.map((mark) => this.ended.find(callerId, mark));
    const missing = page.filter((_mark, index) => jobs[index] === null).map(({ id }) => id);
    const read = new Map<string, Job>();
    for (const row of await readJobRows(query, missing)) read.set(row.id, this.ended.keep(row));
    return page.flatMap(({ id }, index) => jobs[index] ?? read.get(id) ?? []);
  }

  /** Null beyond MAX_TOTAL_COUNT: counting further would cost more than the figure is worth. */
  async count(callerId: string, filter: JobFilter): Promise<number | null> {
    const { where, parameters } = listConditions(callerId, filter);
    const [row] = await this.database.query<{ count: number }>(
      `SELECT count(*) AS count FROM (SELECT 1 FROM job WHERE ${where.join(" AND ")} LIMIT ${MAX_TOTAL_COUNT + 1}) AS matching`,
      parameters,
    );
    const count = Number(row?.count ?? 0);
    return count > MAX_TOTAL_COUNT ? null : count;
  }
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
