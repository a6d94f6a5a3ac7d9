import type { Query } from "./database.js";

/** Jobs that may be, or have been, charged: all but those that are known not to be. */
const CHARGED = `(outcome IS NULL OR outcome NOT LIKE '%"billed":"NO"%')`;

/** Which jobs count: one caller's or (null) everybody's, and whether those that cost nothing are left out. */
export interface JobScope {
  readonly callerId: string | null;
  readonly chargedOnly?: boolean;
}

/**
 * What has been used of what is limited. The jobs themselves are the count, so it can't drift from them. Each function
 * takes the query to run on, because limits are checked in the transaction that uses them up.
 */

/** The `position`-th newest job accepted after `since` (1: the newest): when it was. Null when there are fewer. */
export async function nthNewestJob(
  query: Query,
  scope: JobScope,
  since: number,
  position: number,
): Promise<number | null> {
  const { where, parameters } = jobConditions(scope, since);
  const [row] = await query<{ created_at: number }>(
    `SELECT created_at FROM job WHERE ${where} ORDER BY created_at DESC LIMIT 1 OFFSET $${parameters.length + 1}`,
    [...parameters, position - 1],
  );
  return row?.created_at ?? null;
}

/** How many jobs were accepted after `since`, and when the first of them. */
export async function countJobs(
  query: Query,
  scope: JobScope,
  since: number,
): Promise<{ count: number; oldestAt: number | null }> {
  const { where, parameters } = jobConditions(scope, since);
  const [row] = await query<{ count: number; oldest_at: number | null }>(
    `SELECT count(*) AS count, min(created_at) AS oldest_at FROM job WHERE ${where}`,
    parameters,
  );
  return { count: Number(row?.count ?? 0), oldestAt: row?.oldest_at ?? null };
}

/** How many jobs are unfinished; counts no further than `upTo`. */
export async function countActiveJobs(query: Query, callerId: string | null, upTo: number): Promise<number> {
  const [row] = await query<{ count: number }>(
    `SELECT count(*) AS count FROM (SELECT 1 FROM job
      WHERE finished_at IS NULL${callerId === null ? "" : " AND caller_id = $2"} LIMIT $1) AS active`,
    callerId === null ? [upTo] : [upTo, callerId],
  );
  return Number(row?.count ?? 0);
}

/** Notes bytes that a caller uploads. */
export async function noteUpload(
  query: Query,
  { id, callerId, at, bytes }: { id: string; callerId: string; at: number; bytes: number },
): Promise<void> {
  await query("INSERT INTO upload (id, caller_id, at, bytes) VALUES ($1, $2, $3, $4)", [id, callerId, at, bytes]);
}

/** Forgets uploads that no limit counts any more. */
export async function forgetUploadsBefore(query: Query, before: number): Promise<void> {
  await query("DELETE FROM upload WHERE at <= $1", [before]);
}

/** Takes a note back: nothing was uploaded after all. */
export async function forgetUpload(query: Query, id: string): Promise<void> {
  await query("DELETE FROM upload WHERE id = $1", [id]);
}

/** How many bytes were uploaded after `since`, and when the first of them. */
export async function countUploads(
  query: Query,
  callerId: string | null,
  since: number,
): Promise<{ bytes: number; oldestAt: number | null }> {
  const [row] = await query<{ bytes: number; oldest_at: number | null }>(
    `SELECT CAST(coalesce(sum(bytes), 0) AS BIGINT) AS bytes, min(at) AS oldest_at FROM upload
      WHERE at > $1${callerId === null ? "" : " AND caller_id = $2"}`,
    callerId === null ? [since] : [since, callerId],
  );
  return { bytes: Number(row?.bytes ?? 0), oldestAt: row?.oldest_at ?? null };
}

/** When the last of the oldest uploads was noted that together hold this many bytes. */
export async function uploadsHolding(
  query: Query,
  callerId: string | null,
  since: number,
  bytes: number,
): Promise<number | null> {
  const [row] = await query<{ at: number }>(
    `SELECT at FROM (SELECT at, sum(bytes) OVER (ORDER BY at, id) AS held FROM upload
        WHERE at > $1${callerId === null ? "" : " AND caller_id = $3"}) AS uploads
      WHERE held >= $2 ORDER BY at LIMIT 1`,
    callerId === null ? [since, bytes] : [since, bytes, callerId],
  );
  return row?.at ?? null;
}

function jobConditions({ callerId, chargedOnly = false }: JobScope, since: number) {
  const conditions = ["created_at > $1", ...(callerId === null ? [] : ["caller_id = $2"])];
  return {
    where: [...conditions, ...(chargedOnly ? [CHARGED] : [])].join(" AND "),
    parameters: callerId === null ? [since] : [since, callerId],
  };
}
