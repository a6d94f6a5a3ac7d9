import { decodeListCursor, encodeListCursor } from "../cursor.js";
import type { Caller, Job } from "../job.js";
import type { JobPage, PageRequest } from "../services.js";
import type { JobHistory } from "../store/job-history.js";

/** A page of the caller's own jobs, newest first, by the Relay connection rules. Throws BadUserInputError. */
export async function listJobs(history: JobHistory, caller: Caller, page: PageRequest): Promise<JobPage> {
  const backwards = page.last !== null;
  const size = page.last ?? page.first ?? 0;
  const after = page.after === null ? null : decodeListCursor(page.after);
  const before = page.before === null ? null : decodeListCursor(page.before);
  // One job more than asked for tells whether there is another page.
  const found = await history.list(caller.id, {
    filter: page.filter,
    limit: size + 1,
    direction: backwards ? "newer" : "older",
    olderThan: after,
    newerThan: before,
  });
  const more = found.length > size;
  const jobs = found.slice(0, size);
  if (backwards) jobs.reverse();
  return {
    edges: jobs.map((job) => new Edge(job)),
    hasNextPage: backwards ? before !== null : more,
    hasPreviousPage: backwards ? more : after !== null,
    countTotal: () => history.count(caller.id, page.filter),
  };
}

/** Pages are mostly asked for without cursors, so that one is made when it is read. */
class Edge {
  constructor(readonly job: Job) {}

  get cursor(): string {
    return encodeListCursor(this.job);
  }
}
