import type { Database } from "./database.js";

/**
 * The schema, one entry per version, applied in order and never edited once released. Times are Unix milliseconds;
 * JSON is kept as text.
 */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE job (
      id TEXT PRIMARY KEY,
      caller_id TEXT NOT NULL,
      status TEXT NOT NULL,
      submission TEXT NOT NULL,
      request_id TEXT,
      priority TEXT NOT NULL,
      input TEXT NOT NULL,
      idempotency_key TEXT,
      idempotency_hash TEXT,
      queue_position INTEGER,
      progress DOUBLE PRECISION,
      outcome TEXT,
      archived TEXT,
      created_at BIGINT NOT NULL,
      start_deadline_at BIGINT NOT NULL,
      submitted_at BIGINT,
      started_at BIGINT,
      finished_at BIGINT,
      cancel_requested_at BIGINT,
      owner_id TEXT,
      claimed_at BIGINT,
      compacted_at BIGINT,
      last_sequence INTEGER NOT NULL,
      log_count INTEGER NOT NULL
    )`,
    `CREATE UNIQUE INDEX job_idempotency ON job (caller_id, idempotency_key) WHERE idempotency_key IS NOT NULL`,
    // The status is there for filters and counts, which then need no look at the table.
    `CREATE INDEX job_history ON job (caller_id, created_at, id, status)`,
    // 'NORMAL' comes before 'LOW': the order in which waiting jobs are sent.
    `CREATE INDEX job_waiting ON job (priority DESC, created_at, id)
      WHERE finished_at IS NULL AND submission = 'WAITING'`,
    `CREATE INDEX job_deadline ON job (start_deadline_at) WHERE finished_at IS NULL AND submission = 'WAITING'`,
    `CREATE INDEX job_sent ON job (submission, status, created_at)
      WHERE finished_at IS NULL AND submission <> 'WAITING'`,
    // Finished ones too: an outage may last longer than a job is looked for.
    `CREATE INDEX job_unconfirmed ON job (claimed_at) WHERE submission = 'UNCONFIRMED'`,
    `CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL`,
    `CREATE INDEX job_compaction ON job (finished_at) WHERE finished_at IS NOT NULL AND compacted_at IS NULL`,
    // What the archive still has to copy: JSON null says that there is nothing to keep.
    `CREATE INDEX job_unarchived ON job (finished_at) WHERE status = 'COMPLETED' AND archived IS NULL`,
    `CREATE INDEX job_turn ON job (caller_id, claimed_at)`,
    `CREATE INDEX job_request ON job (request_id) WHERE request_id IS NOT NULL`,
    `CREATE TABLE job_event (
      job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
      sequence INTEGER NOT NULL,
      at BIGINT NOT NULL,
      name TEXT NOT NULL,
      status TEXT NOT NULL,
      progress DOUBLE PRECISION,
      logs TEXT,
      PRIMARY KEY (job_id, sequence)
    )`,
    // What a job's timeline shows, without a look at its log.
    `CREATE INDEX job_timeline ON job_event (job_id, sequence) WHERE name <> 'status'`,
    // Who follows jobs: a sign of life per process, by the database's clock.
    `CREATE TABLE instance (
      id TEXT PRIMARY KEY,
      lifetime_ms BIGINT NOT NULL,
      alive_at BIGINT NOT NULL
    )`,
    // Data URIs, apart from the job's row and only as long as the job may still be sent.
    `CREATE TABLE job_payload (
      job_id TEXT PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
      audio_url TEXT NOT NULL
    )`,
    // What this installation signs with; see signing-keys.ts.
    `CREATE TABLE signing_key (
      id TEXT PRIMARY KEY,
      purpose TEXT NOT NULL,
      secret TEXT NOT NULL,
      created_at BIGINT NOT NULL
    )`,
    // What limits count: unfinished jobs, jobs by age, bytes uploaded; and, shared by instances, requests.
    `CREATE INDEX job_active ON job (caller_id) WHERE finished_at IS NULL`,
    `CREATE INDEX job_created ON job (created_at)`,
    `CREATE TABLE upload (
      id TEXT PRIMARY KEY,
      caller_id TEXT NOT NULL,
      at BIGINT NOT NULL,
      bytes BIGINT NOT NULL
    )`,
    `CREATE INDEX upload_caller ON upload (caller_id, at)`,
    `CREATE INDEX upload_at ON upload (at)`,
    `CREATE TABLE request_count (key TEXT PRIMARY KEY, points INTEGER NOT NULL, expire BIGINT)`,
    `CREATE TABLE upstream_user (
      account TEXT PRIMARY KEY,
      user_id TEXT NOT NULL
    )`,
    // Whom to tell the end of a job. due_at: 0 before the first attempt, null when there will be no other.
    `CREATE TABLE webhook_delivery (
      job_id TEXT PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
      url TEXT NOT NULL,
      host TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      due_at BIGINT,
      delivered_at BIGINT
    )`,
    `CREATE INDEX webhook_delivery_due ON webhook_delivery (due_at) WHERE due_at IS NOT NULL`,
  ],
];

/** Brings an empty or older database to the newest version, in one transaction, one instance at a time.
 * Refuses a newer one. */
export async function migrate(database: Database): Promise<void> {
  await database.withLock("migrate", () =>
    database.transaction(async (query) => {
      await query("CREATE TABLE IF NOT EXISTS migration (version INTEGER PRIMARY KEY)");
      const [row] = await query<{ version: number | null }>("SELECT max(version) AS version FROM migration");
      const current = row?.version ?? 0;
      if (current > MIGRATIONS.length) {
        throw new Error(
          `The database is at schema version ${current}, this program knows ${MIGRATIONS.length}. Start a newer version of Punchin.`,
        );
      }
      for (const [index, statements] of MIGRATIONS.entries()) {
        if (index < current) continue;
        for (const statement of statements) await query(statement);
        await query("INSERT INTO migration (version) VALUES ($1)", [index + 1]);
      }
    }),
  );
}
