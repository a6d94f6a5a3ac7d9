/** What a store needs of a database. SQL is written in the subset that SQLite and PostgreSQL share, with $1 placeholders. */

export type SqlValue = string | number | null;

/** Resolves to rows as plain objects keyed by column name. Integers must stay below 2^53. */
export type Query = <Row>(sql: string, parameters?: readonly SqlValue[]) => Promise<Row[]>;

export interface Database {
  readonly query: Query;
  /**
   * Runs `work` in one transaction: committed durably when it resolves, rolled back when it rejects. Nothing else of
   * this process comes in between on the same connection. `work` must use only the query it is given.
   */
  transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
