import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import Sqlite from "libsql";
import {
  type ChangeRow,
  type Database,
  MAX_EVENTS_PER_READ,
  type Query,
  type SqlValue,
  StoreUnavailableError,
} from "./database.js";
import type { EventRow } from "./job-rows.js";
import { WriteAheadLog } from "./write-ahead-log.js";

const FILE = "punchin.sqlite";

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

/** Trouble with the disk: it may be freed or come back. */
const PASSING = /^SQLITE_(?:FULL|IOERR|BUSY|CANTOPEN|READONLY)/;

/**
 * The embedded store: one file in `dataDir`, one connection, one process.
 *
 * EXCLUSIVE locking before WAL makes a second process fail at once instead of sharing the file. A commit survives a power
 * cut: whatever is told of the database is told when all that was committed before is on the disk. Throws an Error that says what to do when the folder can't be written or is in use.
 */
export function openSqlite(dataDir: string): Database {
  const connection = connect(dataDir);
  const log = new WriteAheadLog(join(dataDir, `${FILE}-wal`));
  const statements = new Map<string, Sqlite.Statement>();
  // A transaction holds the connection across awaits; whatever else arrives waits its turn here.
  let turn: Promise<unknown> | null = null;

  let closed = false;

  const prepared = (sql: string): Sqlite.Statement => {
    // A prepared statement that outlives its connection takes the whole process down.
    if (closed) throw new Error("The database is closed.");
    let statement = statements.get(sql);
    if (!statement) {
      statement = connection.prepare(sql.replace(/\$(\d+)/g, "?$1"));
      statements.set(sql, statement);
    }
    return statement;
  };

  const run: Query = async <Row>(sql: string, parameters: readonly SqlValue[] = []) => {
    try {
      const statement = prepared(sql);
      const rows = statement.reader ? (statement.all(...parameters) as Row[]) : [];
      if (!statement.reader) statement.run(...parameters);
      if (WRITES.test(sql) && !connection.inTransaction) log.noteCommit();
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

  /** In between transactions. */
  const soon: Query = (sql, parameters) => (turn ? exclusively(() => run(sql, parameters)) : run(sql, parameters));

  const query: Query = (sql, parameters) => durably(() => soon(sql, parameters));

  return {
    shared: false,
    now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
    query,
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
          rows.push(...(await soon<EventRow>(SELECT_EVENTS, [jobId, sequence])));
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
function writeChange(prepared: (sql: string) => Sqlite.Statement, change: ChangeRow): boolean {
  const { jobId, beforeSequence, at, name, status, progress, logCount, logs } = change;
  const { changes } = change.onlyReports
    ? prepared(UPDATE_PROGRESS).run(progress, logCount, jobId, beforeSequence)
    : prepared(UPDATE_JOB).run(
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
      );
  if (changes === 0) return false;
  prepared(INSERT_EVENT).run(jobId, beforeSequence + 1, at, name, status, progress, logs);
  if (change.dropsPayload) prepared("DELETE FROM job_payload WHERE job_id = $1").run(jobId);
  return true;
}

function translate(error: unknown): unknown {
  const { code, message } = error as { code?: string; message: string };
  return PASSING.test(code ?? "") ? new StoreUnavailableError(`SQLite: ${message}`, error) : error;
}

function connect(dataDir: string): Sqlite.Database {
  try {
    makeFolder(resolve(dataDir));
  } catch (error) {
    throw cannotWrite(dataDir, error);
  }
  let connection: Sqlite.Database | undefined;
  try {
    connection = new Sqlite(join(dataDir, FILE));
    connection.pragma("locking_mode = EXCLUSIVE");
    connection.pragma("journal_mode = WAL");
    // The log is handed to the system at a commit, and brought to the disk by WriteAheadLog.
    connection.pragma("synchronous = NORMAL");
    connection.pragma("foreign_keys = ON");
    // Four times the usual 4 MB of log between two checkpoints: each writes a page once, however often it changed.
    connection.pragma("wal_autocheckpoint = 4000");
    connection.exec("BEGIN IMMEDIATE; COMMIT");
    return connection;
  } catch (error) {
    connection?.close();
    if ((error as { code?: string }).code?.startsWith("SQLITE_BUSY")) {
      throw new Error(
        `The data folder ${dataDir} is in use by another Punchin process. Stop that one, or give this one a DATA_DIR of its own.`,
        { cause: error },
      );
    }
    throw cannotWrite(dataDir, error);
  }
}

/**
 * libsql's close leaves the file locked as long as any statement awaits garbage collection. The exclusive lock can be
 * given up only outside WAL, and goes with the next read.
 */
function unlock(connection: Sqlite.Database): void {
  try {
    connection.pragma("journal_mode = DELETE");
    connection.pragma("locking_mode = NORMAL");
    connection.prepare("SELECT count(*) FROM sqlite_schema").get();
  } catch {
    // The disk may be full or gone. What was committed stands in the log, and the lock ends with the process.
  }
}

/** Not `recursive: true`: Node 20 never returns from it where folders can't be made at all, as below /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Somebody else may have made it just now.
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
}

function cannotWrite(dataDir: string, cause: unknown): Error {
  return new Error(
    `The data folder ${dataDir} can't be written (${(cause as Error).message}). Set DATA_DIR to a folder this user may write to.`,
    { cause },
  );
}
