import type { ArchivedFile, Job } from "../job.js";
import type { Database } from "./database.js";
import { type JobRow, jobFromRow, SELECT_JOB } from "./job-rows.js";

/** Which results were copied to the archive. */
export class JobArchive {
  constructor(private readonly database: Database) {}

  /** Completed jobs of which it is not settled yet whether their result is kept, newest first. */
  async findUnsettled(finishedAfter: number, limit: number): Promise<Job[]> {
    const rows = await this.database.query<JobRow>(
      `${SELECT_JOB} WHERE status = 'COMPLETED' AND archived IS NULL AND finished_at > $1
        ORDER BY finished_at DESC LIMIT $2`,
      [finishedAfter, limit],
    );
    return rows.map(jobFromRow);
  }

  /**
   * @param file null: there is nothing to keep (any more).
   * @returns whether it was settled now: false when the job is gone, or another instance was faster.
   */
  async settle(jobId: string, file: ArchivedFile | null): Promise<boolean> {
    const settled = await this.database.query(
      "UPDATE job SET archived = $1 WHERE id = $2 AND archived IS NULL RETURNING id",
      [JSON.stringify(file), jobId],
    );
    return settled.length > 0;
  }
}
