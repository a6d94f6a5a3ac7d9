import { randomUUID } from "node:crypto";
import pg from "pg";
import type { Logger } from "pino";
import type { ChangeRow, Database, Query, SqlValue } from "./database.js";
import { MAX_EVENTS_PER_READ, StoreUnavailableError } from "./database.js";
import type { EventRow } from "./job-rows.js";
import { CHANNEL, PostgresListener } from "./postgres-listener.js";

/** A notification holds at most 8,000 bytes. */
const IDS_PER_NOTIFICATION = 200;
/** An instance that stands still in the middle of a transaction holds its locks against all others at most this long. */
const STALLED_MS = 5_000;
/** Far more texts than this program has; a history filter may be put together in a few dozen ways. */
const MAX_PREPARED = 200;
/** int8: times and counts stay below 2^53. */
const INT8 = 20;

/** One statement: compare-and-set on every job's event number, then its event, and who is told. */
const WRITE_CHANGES = `
  WITH change AS (
    SELECT * FROM json_to_recordset($1::json) AS c("jobId" text, "beforeSequence" int, status text, submission text,
      "requestId" text, progress float8, outcome text, "submittedAt" int8, "startedAt" int8, "finishedAt" int8,
      "cancelRequestedAt" int8, "ownerId" text, "claimedAt" int8, at int8, name text, "logCount" int, logs text,
      "dropsPayload" boolean)
  ), changed AS (
    UPDATE job SET status = c.status, submission = c.submission, request_id = c."requestId", progress = c.progress,
      outcome = c.outcome, submitted_at = c."submittedAt", started_at = c."startedAt", finished_at = c."finishedAt",
      cancel_requested_at = c."cancelRequestedAt", owner_id = c."ownerId", claimed_at = c."claimedAt",
      queue_position = CASE WHEN c.status = 'IN_QUEUE' THEN job.queue_position END,
      last_sequence = job.last_sequence + 1, log_count = job.log_count + c."logCount"
    FROM change AS c WHERE job.id = c."jobId" AND job.last_sequence = c."beforeSequence" RETURNING job.id
  ), logged AS (
    INSERT INTO job_event (job_id, sequence, at, name, status, progress, logs)
    SELECT c."jobId", c."beforeSequence" + 1, c.at, c.name, c.status, c.progress, c.logs
    FROM change AS c JOIN changed ON changed.id = c."jobId"
  ), dropped AS (
    DELETE FROM job_payload USING change AS c, changed
    WHERE c."dropsPayload" AND changed.id = c."jobId" AND job_payload.job_id = c."jobId"
  )
  SELECT array_agg(id) AS ids, pg_notify('${CHANNEL}', $2 || string_agg(id, ','))
  FROM (SELECT id, (row_number() OVER () - 1) / ${IDS_PER_NOTIFICATION} AS notification FROM changed) AS told
  GROUP BY notification`;

/** LATERAL keeps it to one range of the primary key per job; a plain join reads the whole table. */
const SELECT_EVENTS = `
  SELECT event.* FROM json_to_recordset($1::json) AS place ("jobId" text, sequence int) CROSS JOIN LATERAL (
    SELECT job_id, job_event.sequence, at, status, progress, logs FROM job_event
    WHERE job_id = place."jobId" AND job_event.sequence > place.sequence
    ORDER BY job_event.sequence LIMIT ${MAX_EVENTS_PER_READ}) AS event`;

/**
 * The shared store: any number of equal instances on one PostgreSQL. Commits survive a power cut
 * (synchronous_commit=on). LISTEN and prepared statements need a direct connection or a session pool.
 * Rejects with words for the operator when the database can't be reached.
 */
export async function openPostgres(url: string, logger: Logger): Promise<Database> {
  const sender = `${randomUUID()}:`;
  const settings: pg.ClientConfig = {
    connectionString: url,
    application_name: "punchin",
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    // The server ends a statement before that; this is for a network that swallows its answer.
    query_timeout: 40_000,
    options: `-c synchronous_commit=on -c statement_timeout=30000 -c idle_in_transaction_session_timeout=${STALLED_MS}`,
    types: {
      getTypeParser: (oid: number, format?: "text" | "binary") =>
        oid === INT8 ? Number : (pg.types.getTypeParser(oid, format as "text") as never),
    } as pg.CustomTypesConfig,
  };
  const pool = new pg.Pool({ ...settings, max: 10 });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on("error", (error) => logger.warn({ reason: error.message }, "a connection to PostgreSQL broke"));
  // From its first moment: a server that dies may say so in the packet that welcomes the connection.
  pool.on("connect", (client) => client.on("error", () => {}));
  const names = new Map<string, string>();

  const on =
    (client: Pick<pg.Pool, "query">): Query =>
    async <Row>(text: string, values: readonly SqlValue[] = []) => {
      try {
        const { rows } = await client.query({ name: nameOf(text), text, values: values.map(storable) });
        return rows as Row[];
      } catch (error) {
        throw translate(error);
      }
    };

  const nameOf = (text: string): string | undefined => {
    if (!names.has(text) && names.size < MAX_PREPARED) names.set(text, `punchin_${names.size}`);
    return names.get(text);
  };

  /** `work` may ask for the connection to be thrown away: its session then ends, with its locks and transaction. */
  const withClient = async <Result>(
    work: (client: pg.PoolClient, discard: (reason: Error) => void) => Promise<Result>,
  ): Promise<Result> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw translate(error);
    });
    let broken: Error | undefined;
    const discard = (reason: Error) => {
      broken = reason;
    };
    // It may break between two statements.
    client.on("error", discard);
    try {
      return await work(client, discard);
    } catch (error) {
      if (error instanceof StoreUnavailableError) discard(error);
      throw error;
    } finally {
      client.removeListener("error", discard);
      client.release(broken);
    }
  };

  const transaction: Database["transaction"] = (work) =>
    withClient(async (client, discard) => {
      const query = on(client);
      await query("BEGIN");
      try {
        const result = await work(query);
        await query("COMMIT");
        return result;
      } catch (error) {
        // Otherwise the connection is thrown away, and the transaction with it.
        if (!(error instanceof StoreUnavailableError)) await query("ROLLBACK").catch(discard);
        throw error;
      }
    });

  try {
    await pool.query("SELECT 1");
  } catch (error) {
    await pool.end();
    throw new Error(
      `PostgreSQL can't be reached (${(error as Error).message}). Check DATABASE_URL and that the server runs.`,
      { cause: error },
    );
  }
  const listener = new PostgresListener(settings, sender, logger);

  return {
    shared: true,
    now: "(extract(epoch from clock_timestamp()) * 1000)::int8",
    query: on(pool),
    // What can be seen is on the disk.
    peek: on(pool),
    transaction,

    async takeTurn(query, name) {
      await query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [name]);
    },

    withLock: (name, work) =>
      transaction(async (query) => {
        // Whoever migrates may take its time, and is waited for.
        if (name === "migrate") await query("SET LOCAL idle_in_transaction_session_timeout = 0");
        await query("SELECT pg_advisory_xact_lock(hashtext($1))", [`punchin_${name}`]);
        return work();
      }),

    async writeChanges(changes) {
      // In one order everywhere, so that two instances can't wait for each other.
      const rows = [...changes].sort(byJobId);
      const told = await on(pool)<{ ids: string[] }>(WRITE_CHANGES, [JSON.stringify(rows), sender]);
      return new Set(told.flatMap(({ ids }) => ids));
    },

    readEvents: (positions) => on(pool)<EventRow>(SELECT_EVENTS, [JSON.stringify(positions)]),

    announce: async (query, jobId) => {
      await query(`SELECT pg_notify('${CHANNEL}', $1)`, [sender + jobId]);
    },
    onAnnouncement: (told) => listener.start(told),

    async close() {
      await listener.close();
      await pool.end();
    },
  };
}

/** PostgreSQL's text holds no NUL: what a caller sends with one is kept with a replacement character, and found by none. */
function storable(value: SqlValue): SqlValue {
  return typeof value === "string" ? value.replaceAll("\0", "\uFFFD") : value;
}

function byJobId(a: ChangeRow, b: ChangeRow): number {
  return a.jobId < b.jobId ? -1 : 1;
}

/** Connection failures (no SQLSTATE), class 08, 53 (resources), 57P (shutdown), lock trouble and a stall pass. */
function translate(error: unknown): unknown {
  const { code, message } = error as { code?: string; message: string };
  // Neither SQLSTATE nor system code: the driver lost the connection, unless the fault is this program's own.
  const passes =
    code === undefined
      ? !(error instanceof TypeError)
      : !/^[0-9A-Z]{5}$/.test(code) || /^(?:08|53|57P|40|57014|25P03)/.test(code);
  return passes ? new StoreUnavailableError(`PostgreSQL does not answer at present (${message}).`, error) : error;
}
