import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject, onTestFinished } from "vitest";
import type { Database } from "../../src/services/store/database.js";
import type { CommittedStep } from "../../src/services/store/job-change.js";
import { JobStore } from "../../src/services/store/job-store.js";
import { migrate } from "../../src/services/store/migrations.js";
import { openPostgres } from "../../src/services/store/postgres.js";
import { openSqlite } from "../../src/services/store/sqlite.js";
import { guardedLogger } from "./log-guard.js";
import { temporaryFolder } from "./temporary-folder.js";

export interface OpenStore {
  /** Where it is kept: a folder, or a URL of PostgreSQL's. */
  readonly place: string;
  readonly database: Database;
  readonly store: JobStore;
  close(): Promise<void>;
}

/**
 * A store in a place of its own, or in the one given; closed when the test ends. Which database it is depends on the
 * test project: the same tests run on both.
 */
export async function openStore(
  onCommitted: (steps: readonly CommittedStep[]) => void = () => {},
  given?: string,
): Promise<OpenStore> {
  const place = given ?? (await newPlace());
  const database = await open(place);
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= database.close());
  onTestFinished(close);
  await migrate(database);
  return { place, database, store: new JobStore(database, onCommitted), close };
}

/** A folder for SQLite, or an empty database of PostgreSQL's. */
export async function newPlace(): Promise<string> {
  const server = inject("postgresUrl");
  if (server === null) return temporaryFolder();
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const client = new pg.Client({ connectionString: `${server}/postgres` });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return `${server}/${name}`;
}

async function open(place: string): Promise<Database> {
  return place.startsWith("postgres:") ? openPostgres(place, guardedLogger) : openSqlite(place);
}
