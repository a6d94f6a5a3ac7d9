import type { Job } from "../job.js";
import type { Query } from "./database.js";
import { type JobRow, jobFromRow, SELECT_JOB } from "./job-rows.js";

/** Few sizes, so that there are few statements to prepare: places that are not needed are filled up. */
const ONE = statement(1);
const TEN = statement(10);
const HUNDRED = statement(100);

/** Several jobs in few reads, in no particular order; unknown ids are left out. */
export async function findJobs(query: Query, jobIds: readonly string[]): Promise<Job[]> {
  const found: Job[] = [];
  for (let start = 0; start < jobIds.length; start += HUNDRED.size) {
    const ids = jobIds.slice(start, start + HUNDRED.size);
    const { size, sql } = ids.length <= 1 ? ONE : ids.length <= TEN.size ? TEN : HUNDRED;
    const places = Array.from({ length: size }, (_, index) => ids[index] ?? ids[0] ?? "");
    found.push(...(await query<JobRow>(sql, places)).map(jobFromRow));
  }
  return found;
}

function statement(size: number): { size: number; sql: string } {
  const places = Array.from({ length: size }, (_, index) => `$${index + 1}`);
  return { size, sql: `${SELECT_JOB} WHERE id IN (${places.join(", ")})` };
}
