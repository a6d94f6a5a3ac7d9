import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import Sqlite from "libsql";
import { WriteAheadLog } from "./write-ahead-log.js";

const FILE = "punchin.sqlite";

/**
 * Opens the embedded store's file in `dataDir`, made where it is missing. EXCLUSIVE locking before WAL makes a second
 * process fail at once instead of sharing it. Throws an Error that says what to do when the folder can't be written or is
 * in use.
 */
export function openSqliteFile(dataDir: string): { connection: Sqlite.Database; log: WriteAheadLog } {
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
    return { connection, log: new WriteAheadLog(join(dataDir, `${FILE}-wal`)) };
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
export function unlock(connection: Sqlite.Database): void {
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
