import type { Query } from "./database.js";

/** Few sizes, so that there are few statements to prepare: places that are not needed are filled up. */
const SIZES = [1, 10, 100] as const;
const LARGEST = 100;

/**
 * A read of what belongs to any number of jobs, in as few statements as need be.
 *
 * @param statement the SQL, given the placeholders of the ids for an IN (…); it may repeat them.
 */
export function readByIds<Row>(
  statement: (places: string) => string,
): (query: Query, jobIds: readonly string[]) => Promise<Row[]> {
  const statements = SIZES.map((size) => ({
    size,
    sql: statement(Array.from({ length: size }, (_, index) => `$${index + 1}`).join(", ")),
  }));
  return async (query, jobIds) => {
    const rows: Row[] = [];
    for (let start = 0; start < jobIds.length; start += LARGEST) {
      const ids = jobIds.slice(start, start + LARGEST);
      const { size, sql } = statements.find((candidate) => ids.length <= candidate.size) ?? { size: 0, sql: "" };
      const places = Array.from({ length: size }, (_, index) => ids[index] ?? ids[0] ?? "");
      rows.push(...(await query<Row>(sql, places)));
    }
    return rows;
  };
}
