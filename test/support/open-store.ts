import { onTestFinished } from "vitest";
import type { Database } from "../../src/services/store/database.js";
import { JobStore } from "../../src/services/store/job-store.js";
import { migrate } from "../../src/services/store/migrations.js";
import { openSqlite } from "../../src/services/store/sqlite.js";
import { temporaryFolder } from "./temporary-folder.js";

export interface OpenStore {
  readonly folder: string;
  readonly database: Database;
  readonly store: JobStore;
  close(): Promise<void>;
}

/** A store in a folder of its own, or in the one given; closed when the test ends. */
export async function openStore(
  onChange: (jobIds: readonly string[]) => void = () => {},
  given?: string,
): Promise<OpenStore> {
  const folder = given ?? (await temporaryFolder());
  const database = openSqlite(folder);
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= database.close());
  onTestFinished(close);
  await migrate(database);
  return { folder, database, store: new JobStore(database, onChange), close };
}
