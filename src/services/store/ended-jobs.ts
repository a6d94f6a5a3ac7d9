import { LRUCache } from "lru-cache";
import type { Job } from "../job.js";
import { type JobRow, jobFromRow, type StoredLogLine } from "./job-rows.js";

/** Bounds each of the two caches to some 10 MB: V8 needs about twice the characters. */
const MAX_CHARACTERS = 4_000_000;
/** What a job takes besides its input and its outcome. */
const CHARACTERS_PER_JOB = 500;
const CHARACTERS_PER_LINE = 100;
/** Longer logs are seldom asked for, and would push out everybody else's. */
const MAX_LINES = 200;

interface EndedJob {
  readonly job: Job;
  readonly isSettled: boolean;
  readonly characters: number;
}

/** Tells whether a job that is kept still stands in the database as it is kept. */
export interface JobMark {
  id: string;
  last_sequence: number;
  is_settled: number;
}

/** The columns of a JobMark. */
export const JOB_MARK = "job.id, job.last_sequence, CASE WHEN job.archived IS NULL THEN 0 ELSE 1 END AS is_settled";

/**
 * What a job was when it ended it mostly stays until it is removed. So those read last are kept in memory, and a read of
 * its version, and of whether its archived result is settled, which is no step of the job, tells that one still stands: to
 * fetch and parse the whole row takes six times as long.
 */
export class EndedJobs {
  readonly #jobs = new LRUCache<string, EndedJob>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ characters }) => characters,
  });
  readonly #logs = new LRUCache<string, readonly StoredLogLine[]>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (lines) =>
      lines.reduce((sum, { message }) => sum + message.length + CHARACTERS_PER_LINE, CHARACTERS_PER_LINE),
  });

  /** Whether it is worth while to read the job's mark. */
  has(callerId: string, jobId: string): boolean {
    return this.#jobs.get(jobId)?.job.callerId === callerId;
  }

  /** The caller's job, if it is kept as it stands. */
  find(callerId: string, mark: JobMark): Job | null {
    const { job, isSettled } = this.#jobs.get(mark.id) ?? {};
    const stands =
      job?.callerId === callerId && job.lastSequence === mark.last_sequence && isSettled === (mark.is_settled === 1);
    return stands ? job : null;
  }

  /** The row's job, which is kept if it has ended. */
  keep(row: JobRow): Job {
    const job = jobFromRow(row);
    if (job.finishedAt !== null) {
      const characters = CHARACTERS_PER_JOB + row.input.length + (row.outcome?.length ?? 0);
      this.#jobs.set(job.id, { job, isSettled: row.archived !== null, characters });
    }
    return job;
  }

  /** The newest `last` lines of a job that was just read, by `read` unless they are kept. */
  async logsOf(
    job: Job,
    last: number,
    read: () => Promise<readonly StoredLogLine[]>,
  ): Promise<readonly StoredLogLine[]> {
    if (job.finishedAt === null || last > MAX_LINES) return read();
    const key = `${job.id} ${job.lastSequence} ${last}`;
    const kept = this.#logs.get(key);
    if (kept !== undefined) return kept;
    const lines = await read();
    this.#logs.set(key, lines);
    return lines;
  }
}
