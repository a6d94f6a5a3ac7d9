import type { Job } from "../job.js";
import type { Query } from "./database.js";
import { type JobRow, jobFromRow, SELECT_JOB } from "./job-rows.js";
import { readByIds } from "./read-by-ids.js";

/** Several jobs' rows in few reads, in no particular order; unknown ids are left out. */
export const readJobRows = readByIds<JobRow>((places) => `${SELECT_JOB} WHERE id IN (${places})`);

/** The same as jobs. */
export async function findJobs(query: Query, jobIds: readonly string[]): Promise<Job[]> {
  return (await readJobRows(query, jobIds)).map(jobFromRow);
}
