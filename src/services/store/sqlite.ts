import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import Sqlite from "libsql";
import { type ChangeRow, type Database, type Query, type SqlValue, StoreUnavailableError } from "./database.js";

const UPDATE_JOB = `UPDATE job SET status = $1, submission = $2, request_id = $3, progress = $4, outcome = $5,
    submitted_at = $6, started_at = $7, finished_at = $8, cancel_requested_at = $9, owner_id = $10, claimed_at = $11,
    queue_position = CASE WHEN $1 = 'IN_QUEUE' THEN queue_position END,
    last_sequence = last_sequence + 1, log_count = log_count + $12
  WHERE id = $13 AND last_sequence = $14 RETURNING id`;

const INSERT_EVENT = `INSERT INTO job_event (job_id, sequence, at, name, status, progress, logs)
  VALUES ($1, $2, $3, $4, $5, $6, $7)`;

/** Trouble with the disk: it may be freed or come back. */
const PASSING = /^SQLITE_(?:FULL|IOERR|BUSY|CANTOPEN|READONLY)/;

/**
 * The embedded store: one file in `dataDir`, one connection, one process.
 *
 * EXCLUSIVE locking before WAL makes a second process fail at once instead of sharing the file; synchronous=FULL makes
 * a commit survive a power cut. Throws an Error that says what to do when the folder can't be written or is in use.
 */
export function openSqlite(dataDir: string): Database {
  const connection = connect(dataDir);
  const statements = new Map<string, Sqlite.Statement>();
  // A transaction holds the connection across awaits; whatever else arrives waits its turn here.
  let turn: Promise<unknown> | null = null;

  let closed = false;

  const run: Query = async <Row>(sql: string, parameters: readonly SqlValue[] = []) => {
    // A prepared statement that outlives its connection takes the whole process down.
    if (closed) throw new Error("The database is closed.");
    try {
      let statement = statements.get(sql);
      if (!statement) {
        statement = connection.prepare(sql.replace(/\$(\d+)/g, "?$1"));
        statements.set(sql, statement);
      }
      if (statement.reader) return statement.all(...parameters) as Row[];
      statement.run(...parameters);
      return [];
    } catch (error) {
      throw translate(error);
    }
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
    exclusively(async () => {
      await run("BEGIN IMMEDIATE");
      try {
        const result = await work(run);
        await run("COMMIT");
        return result;
      } catch (error) {
        if (connection.inTransaction) connection.exec("ROLLBACK");
        throw error;
      }
    });

  return {
    shared: false,
    now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
    query: (sql, parameters) => (turn ? exclusively(() => run(sql, parameters)) : run(sql, parameters)),
    transaction,
    // There is no other instance.
    withLock: (_name, work) => work(),
    writeChanges: (changes) =>
      transaction(async (query) => {
        const written = new Set<string>();
        for (const change of changes) if (await writeChange(query, change)) written.add(change.jobId);
        return written;
      }),
    announce: async () => {},
    onAnnouncement: () => {},
    close: () =>
      exclusively(async () => {
        closed = true;
        unlock(connection);
        connection.close();
      }),
  };
}

async function writeChange(query: Query, change: ChangeRow): Promise<boolean> {
  const updated = await query<{ id: string }>(UPDATE_JOB, [
    change.status,
    change.submission,
    change.requestId,
    change.progress,
    change.outcome,
    change.submittedAt,
    change.startedAt,
    change.finishedAt,
    change.cancelRequestedAt,
    change.ownerId,
    change.claimedAt,
    change.logCount,
    change.jobId,
    change.beforeSequence,
  ]);
  if (updated.length === 0) return false;
  const { jobId, beforeSequence, at, name, status, progress, logs } = change;
  await query(INSERT_EVENT, [jobId, beforeSequence + 1, at, name, status, progress, logs]);
  if (change.dropsPayload) await query("DELETE FROM job_payload WHERE job_id = $1", [jobId]);
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
    connection = new Sqlite(join(dataDir, "punchin.sqlite"));
    connection.pragma("locking_mode = EXCLUSIVE");
    connection.pragma("journal_mode = WAL");
    connection.pragma("synchronous = FULL");
    connection.pragma("foreign_keys = ON");
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
