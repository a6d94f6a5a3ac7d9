import type { Job } from "../job.js";
import type { Query } from "./database.js";
import {
  type JobRow,
  type JobStanding,
  jobFromRow,
  SELECT_JOB,
  SELECT_STANDING,
  type StandingRow,
  standingFromRow,
} from "./job-rows.js";
import { readByIds } from "./read-by-ids.js";

/** Several jobs' rows in few reads, in no particular order; unknown ids are left out. */
export const readJobRows = readByIds<JobRow>((places) => `${SELECT_JOB} WHERE id IN (${places})`);

/** The same as jobs. */
export async function findJobs(query: Query, jobIds: readonly string[]): Promise<Job[]> {
  return (await readJobRows(query, jobIds)).map(jobFromRow);
}

const readStandingRows = readByIds<StandingRow>((places) => `${SELECT_STANDING} WHERE id IN (${places})`);

/** How far several jobs are, in no particular order; unknown ids are left out. */
export async function findStandings(query: Query, jobIds: readonly string[]): Promise<JobStanding[]> {
  return (await readStandingRows(query, jobIds)).map(standingFromRow);
}
