import { performance } from "node:perf_hooks";
import type { Observations } from "../../observations.js";
import type { Database } from "./database.js";

/** The same database; how long each use of it takes is told. What a transaction does within counts as that one use. */
export function observeDatabase(database: Database, observations: Observations): Database {
  const timed = async <Result>(operation: string, use: () => Promise<Result>): Promise<Result> => {
    const startedAt = performance.now();
    let failed = true;
    try {
      const result = await use();
      failed = false;
      return result;
    } finally {
      observations.emit("store-use", { operation, durationMs: performance.now() - startedAt, failed });
    }
  };
  return {
    ...database,
    query: (sql, parameters) => timed("query", () => database.query(sql, parameters)),
    peek: (sql, parameters) => timed("query", () => database.peek(sql, parameters)),
    transaction: (work) => timed("transaction", () => database.transaction(work)),
    writeChanges: (changes) => timed("write-changes", () => database.writeChanges(changes)),
    readEvents: (positions) => timed("read-events", () => database.readEvents(positions)),
  };
}
