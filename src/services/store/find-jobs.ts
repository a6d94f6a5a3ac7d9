import type { Job } from "../job.js";
import type { Query } from "./database.js";
import { type JobRow, jobFromRow, SELECT_JOB } from "./job-rows.js";
import { readByIds } from "./read-by-ids.js";

const readJobs = readByIds<JobRow>((places) => `${SELECT_JOB} WHERE id IN (${places})`);

/** Several jobs in few reads, in no particular order; unknown ids are left out. */
export async function findJobs(query: Query, jobIds: readonly string[]): Promise<Job[]> {
  return (await readJobs(query, jobIds)).map(jobFromRow);
}
