import type { Database, Query } from "./database.js";

/** A webhook that is to be sent. */
export interface WebhookDelivery {
  readonly jobId: string;
  readonly url: string;
  /** Host and port of the URL. */
  readonly host: string;
  /** How many were made before. */
  readonly attempts: number;
  readonly dueAt: number;
}

interface DeliveryRow {
  job_id: string;
  url: string;
  host: string;
  attempts: number;
  due_at: number;
}

/** How many hosts a question can leave out. */
export const MAX_LEFT_OUT = 8;

/** In the transaction that stores the job. */
export async function insertDelivery(query: Query, jobId: string, url: string): Promise<void> {
  await query("INSERT INTO webhook_delivery (job_id, url, host, attempts, due_at) VALUES ($1, $2, $3, 0, 0)", [
    jobId,
    url,
    new URL(url).host,
  ]);
}

/** Webhooks and how far they have come. One is due once its job has ended, and then until it is delivered or given up. */
export class WebhookDeliveries {
  constructor(private readonly database: Database) {}

  /**
   * Those never tried come first.
   * @param leftOut hosts that get nothing now, at most MAX_LEFT_OUT.
   * @param settledAfter jobs that completed later are due only once it is settled whether their result is archived.
   */
  async findDue(
    now: number,
    limit: number,
    leftOut: readonly string[],
    settledAfter: number,
  ): Promise<WebhookDelivery[]> {
    // Always as many places, so that it is one statement. No host is empty.
    const hosts = Array.from({ length: MAX_LEFT_OUT }, (_, index) => leftOut[index] ?? "");
    const rows = await this.database.query<DeliveryRow>(
      `SELECT job_id, url, host, attempts, due_at FROM webhook_delivery JOIN job ON job.id = job_id
        WHERE due_at <= $1 AND job.finished_at IS NOT NULL
          AND (job.status <> 'COMPLETED' OR job.archived IS NOT NULL OR job.finished_at <= $3)
          AND host NOT IN (${hosts.map((_, index) => `$${index + 4}`).join(", ")})
        ORDER BY due_at, job.finished_at LIMIT $2`,
      [now, limit, settledAfter, ...hosts],
    );
    return rows.map((row) => ({
      jobId: row.job_id,
      url: row.url,
      host: row.host,
      attempts: row.attempts,
      dueAt: row.due_at,
    }));
  }

  /**
   * Takes the next attempt, for one instance alone.
   * @param nextAt when it is due again should nothing be heard of this attempt.
   */
  async claim(delivery: WebhookDelivery, nextAt: number): Promise<boolean> {
    const claimed = await this.database.query(
      `UPDATE webhook_delivery SET attempts = attempts + 1, due_at = $1
        WHERE job_id = $2 AND attempts = $3 AND due_at = $4 RETURNING job_id`,
      [nextAt, delivery.jobId, delivery.attempts, delivery.dueAt],
    );
    return claimed.length > 0;
  }

  async markDelivered({ jobId }: WebhookDelivery, at: number): Promise<void> {
    await this.database.query("UPDATE webhook_delivery SET due_at = NULL, delivered_at = $1 WHERE job_id = $2", [
      at,
      jobId,
    ]);
  }

  /** After an attempt that was claimed and failed. @param nextAt null: never again. */
  async postpone({ jobId, attempts }: WebhookDelivery, nextAt: number | null): Promise<void> {
    await this.database.query(
      "UPDATE webhook_delivery SET due_at = $1 WHERE job_id = $2 AND attempts = $3 AND delivered_at IS NULL",
      [nextAt, jobId, attempts + 1],
    );
  }
}
