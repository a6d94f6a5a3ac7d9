import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** A running PostgreSQL without a database name; null in the project that tests on SQLite. */
    postgresUrl: string | null;
  }
}

/** One real PostgreSQL for all tests of the project; each test makes a database of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startPostgres();
  project.provide("postgresUrl", url);
  return stop;
}
