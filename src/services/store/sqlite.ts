import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import Sqlite from "libsql";
import type { Database, Query, SqlValue } from "./database.js";

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

  const run: Query = async <Row>(sql: string, parameters: readonly SqlValue[] = []) => {
    let statement = statements.get(sql);
    if (!statement) {
      statement = connection.prepare(sql.replace(/\$(\d+)/g, "?$1"));
      statements.set(sql, statement);
    }
    if (statement.reader) return statement.all(...parameters) as Row[];
    statement.run(...parameters);
    return [];
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

  return {
    query: (sql, parameters) => (turn ? exclusively(() => run(sql, parameters)) : run(sql, parameters)),
    transaction: (work) =>
      exclusively(async () => {
        connection.exec("BEGIN IMMEDIATE");
        try {
          const result = await work(run);
          connection.exec("COMMIT");
          return result;
        } catch (error) {
          if (connection.inTransaction) connection.exec("ROLLBACK");
          throw error;
        }
      }),
    close: () =>
      exclusively(async () => {
        unlock(connection);
        connection.close();
      }),
  };
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
