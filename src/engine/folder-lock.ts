import { join } from "node:path";
import Sqlite from "libsql";

/**
 * Keeps a folder to one engine. The lock is SQLite's own on an empty database: unlike a file with a process id it goes
 * with the process however that ends, and no later process is mistaken for its holder.
 * @returns a function that gives the folder free.
 * @throws an Error in plain words when another engine has it.
 */
export function lockFolder(folder: string): () => void {
  const connection = new Sqlite(join(folder, "lock.sqlite"));
  try {
    connection.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    connection.close();
    const advice = "Stop that one, or give this one a folder of its own.";
    throw new Error(`The folder ${folder} is in use by another engine. ${advice}`, { cause: error });
  }
  return () => {
    connection.exec("COMMIT");
    connection.close();
  };
}
