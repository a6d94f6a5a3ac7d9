import type Sqlite from "libsql";
import {
  type ChangeRow,
  type Database,
  MAX_EVENTS_PER_READ,
  type Query,
  type SqlValue,
  StoreUnavailableError,
} from "./database.js";
import type { EventRow } from "./job-rows.js";
import { openSqliteFile, unlock } from "./sqlite-file.js";

const UPDATE_JOB = `UPDATE job SET status = $1, submission = $2, request_id = $3, progress = $4, outcome = $5,
    submitted_at = $6, started_at = $7, finished_at = $8, cancel_requested_at = $9, owner_id = $10, claimed_at = $11,
    queue_position = CASE WHEN $1 = 'IN_QUEUE' THEN queue_position END,
    last_sequence = last_sequence + 1, log_count = log_count + $12
  WHERE id = $13 AND last_sequence = $14`;

/**
 * Most steps only add to the log. SQLite writes every index of a column anew that a statement names, even when its value
 * stays.
 */
const UPDATE_PROGRESS = `UPDATE job SET progress = $1, last_sequence = last_sequence + 1, log_count = log_count + $2
  WHERE id = $3 AND last_sequence = $4`;

const INSERT_EVENT = `INSERT INTO job_event (job_id, sequence, at, name, status, progress, logs)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;

const SELECT_EVENTS = `SELECT job_id, sequence, at, status, progress, logs FROM job_event
  WHERE job_id = $1 AND sequence > $2 ORDER BY sequence LIMIT ${MAX_EVENTS_PER_READ}`;

/** What may change the database; a read that is taken for a write waits for the disk in vain, and no more. */
const WRITES = /\b(?:INSERT|UPDATE|DELETE|CREATE|COMMIT)\b/;

interface Statement {
  readonly native: Sqlite.Statement;
  readonly hasRows: boolean;
  readonly writes: boolean;
}

/** Trouble with the disk: it may be freed or come back. */
const PASSING = /^SQLITE_(?:FULL|IOERR|BUSY|CANTOPEN|READONLY)/;

/**
 * The embedded store: one file in `dataDir`, one connection, one process.
 *
 * A commit survives a power cut: whatever is told of the database is told when all that was committed before is on the
 * disk. Throws what openSqliteFile throws.
 */
export function openSqlite(dataDir: string): Database {
  const { connection, log } = openSqliteFile(dataDir);
  const statements = new Map<string, Statement>();
  // A transaction holds the connection across awaits; whatever else arrives waits its turn here.
  let turn: Promise<unknown> | null = null;

  let closed = false;

  const prepared = (sql: string): Statement => {
    // A prepared statement that outlives its connection takes the whole process down.
    if (closed) throw new Error("The database is closed.");
    let statement = statements.get(sql);
    if (!statement) {
      const native = connection.prepare(sql.replace(/\$(\d+)/g, "?$1"));
      statement = { native, hasRows: native.reader, writes: WRITES.test(sql) };
      statements.set(sql, statement);
    }
    return statement;
  };

  const run: Query = async <Row>(sql: string, parameters: readonly SqlValue[] = []) => {
    try {
      const { native, hasRows, writes } = prepared(sql);
      const rows = hasRows ? (native.all(parameters) as Row[]) : [];
      if (!hasRows) native.run(parameters);
      if (writes && !connection.inTransaction) log.noteCommit();
      return rows;
    } catch (error) {
      throw translate(error);
    }
  };

  /** What is told has happened for good. */
  const durably = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = await work();
    try {
      await log.reachDisk();
    } catch (error) {
      throw new StoreUnavailableError(`SQLite: ${(error as Error).message}`, error);
    }
    return result;
  };

  const exclusively = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const previous = turn;
    const result = previous ? previous.then(work) : work();
    const done = result.then(
      () => {},
      () => {},
    );
    turn = done;
    void done.then(() => {
      if (turn === done) turn = null;
    });
    return result;
  };

  const transaction: Database["transaction"] = (work) =>
    durably(() =>
      exclusively(async () => {
        await run("BEGIN IMMEDIATE");
        try {
          const result = await work(run);
          await run("COMMIT");
          return result;
        } catch (error) {
          if (connection.inTransaction) connection.exec("ROLLBACK");
          throw translate(error);
        }
      }),
    );

  // Between transactions.
  const peek: Query = (sql, parameters) => (turn ? exclusively(() => run(sql, parameters)) : run(sql, parameters));

  const query: Query = (sql, parameters) => durably(() => peek(sql, parameters));

  return {
    shared: false,
    now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
    query,
    peek,
    transaction,
    // One transaction at a time, and there is no other instance.
    takeTurn: async () => {},
    withLock: (_name, work) => work(),
    writeChanges: (changes) =>
      transaction(async () => {
        const written = new Set<string>();
        for (const change of changes) if (writeChange(prepared, change)) written.add(change.jobId);
        return written;
      }),
    readEvents: (positions) =>
      durably(async () => {
        const rows: EventRow[] = [];
        for (const { jobId, sequence } of positions)
          rows.push(...(await peek<EventRow>(SELECT_EVENTS, [jobId, sequence])));
        return rows;
      }),
    announce: async () => {},
    onAnnouncement: () => {},
    close: () =>
      exclusively(async () => {
        closed = true;
        unlock(connection);
        connection.close();
        log.close();
      }),
  };
}

/** Without RETURNING, which costs more here than the statement itself. @returns whether the step took effect. */
function writeChange(prepared: (sql: string) => Statement, change: ChangeRow): boolean {
  const { jobId, beforeSequence, at, name, status, progress, logCount, logs } = change;
  const { changes } = change.onlyReports
    ? prepared(UPDATE_PROGRESS).native.run([progress, logCount, jobId, beforeSequence])
    : prepared(UPDATE_JOB).native.run([
        status,
        change.submission,
        change.requestId,
        progress,
        change.outcome,
        change.submittedAt,
        change.startedAt,
        change.finishedAt,
        change.cancelRequestedAt,
        change.ownerId,
        change.claimedAt,
        logCount,
        jobId,
        beforeSequence,
      ]);
  if (changes === 0) return false;
  prepared(INSERT_EVENT).native.run([jobId, beforeSequence + 1, at, name, status, progress, logs]);
  if (change.dropsPayload) prepared("DELETE FROM job_payload WHERE job_id = $1").native.run([jobId]);
  return true;
}

function translate(error: unknown): unknown {
  const { code, message } = error as { code?: string; message: string };
  return PASSING.test(code ?? "") ? new StoreUnavailableError(`SQLite: ${message}`, error) : error;
}
