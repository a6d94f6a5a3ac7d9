import pino from "pino";
import type { TestProject } from "vitest/node";
import { migrate } from "../../src/services/store/migrations.js";
import { openPostgres } from "../../src/services/store/postgres.js";
import { startPostgres } from "./postgres.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** A running PostgreSQL without a database name; null in the project that tests on SQLite. */
    postgresUrl: string | null;
  }
}

/** One real PostgreSQL for all tests of the project; each test makes a database of its own, as a copy of its first one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startPostgres();
  const database = await openPostgres(`${url}/template1`, pino({ level: "silent" }));
  await migrate(database);
  await database.close();
  project.provide("postgresUrl", url);
  return stop;
}
