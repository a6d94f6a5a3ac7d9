import type { Job } from "../../../src/services/job.js";
import { startSending } from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import type { Database } from "../../../src/services/store/database.js";
import type { JobEventName } from "../../../src/services/store/job-change.js";
import { JobClaims } from "../../../src/services/store/job-claims.js";
import type { JobStore } from "../../../src/services/store/job-store.js";
import { insertJob } from "../../support/make-job.js";
import { type OpenStore, openStore } from "../../support/open-store.js";

export const LIFETIME_MS = 60_000;
export const HOUR_MS = 3_600_000;

export interface ClaimsTest extends OpenStore {
  readonly claims: JobClaims;
  /** Gives the next job its turn, a moment after the last one. */
  takeTurn(): Promise<Job | null>;
  /** Sets the clock of the turns. */
  setClock(to: number): void;
  /** Shifts the sign of life that an instance gave. */
  shiftLife(instanceId: string, byMs: number): Promise<void>;
  /** Jobs of instances that are gone. */
  orphans(): Promise<string[]>;
}

export async function openClaims(): Promise<ClaimsTest> {
  const open = await openStore();
  const claims = new JobClaims(open.database);
  let at = 2 * HOUR_MS;
  return {
    ...open,
    claims,
    setClock(to) {
      at = to;
    },
    async takeTurn() {
      const job = await claims.findNextToSend(at);
      at += 1;
      return job && changeJob(open.store, job, { name: "sending", at }, (current) => startSending(current, "me", at));
    },
    shiftLife: (instanceId, byMs) => shiftLife(open.database, instanceId, byMs),
    orphans: async () => (await claims.findOrphans()).map(({ id }) => id),
  };
}

export async function shiftLife(database: Database, instanceId: string, byMs: number): Promise<void> {
  await database.query("UPDATE instance SET alive_at = alive_at + $1 WHERE id = $2", [byMs, instanceId]);
}

/** A job that an instance has sent. */
export async function insertSent(store: JobStore, ownerId: string | null, overrides: Partial<Job> = {}): Promise<Job> {
  const job = await insertJob(store);
  const sent = { submission: "SUBMITTED", requestId: "r1", submittedAt: job.createdAt, ownerId } as const;
  const after = await store.change({ before: job, after: { ...job, ...sent, ...overrides }, name: "submitted", at: 1 });
  if (!after) throw new Error("The job changed under the test.");
  return after;
}

export async function eventNames(database: Database, jobId: string): Promise<JobEventName[]> {
  const rows = await database.query<{ name: JobEventName }>(
    "SELECT name FROM job_event WHERE job_id = $1 ORDER BY sequence",
    [jobId],
  );
  return rows.map(({ name }) => name);
}
