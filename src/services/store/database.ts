import { UnavailableError } from "../../errors.js";
import type { EventRow } from "./job-rows.js";

/**
 * What the store needs of a database. SQL is written in the subset that SQLite and PostgreSQL share, with $1
 * placeholders; what differs between them are the methods below.
 */

export type SqlValue = string | number | null;

/** Resolves to rows as plain objects keyed by column name. Integers must stay below 2^53. */
export type Query = <Row>(sql: string, parameters?: readonly SqlValue[]) => Promise<Row[]>;

/** One step of one job, ready to be written: the job's new columns and the event's. */
export interface ChangeRow {
  readonly jobId: string;
  /** The step takes effect only if this is the job's newest event. */
  readonly beforeSequence: number;
  readonly status: string;
  readonly submission: string;
  readonly requestId: string | null;
  readonly progress: number | null;
  readonly outcome: string | null;
  readonly submittedAt: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly cancelRequestedAt: number | null;
  readonly ownerId: string | null;
  readonly claimedAt: number | null;
  readonly at: number;
  readonly name: string;
  readonly logCount: number;
  readonly logs: string | null;
  /** Nothing of the job changes but its progress and its log. */
  readonly onlyReports: boolean;
  /** The job will never be sent any more, so its data: URI is deleted. */
  readonly dropsPayload: boolean;
}

/** A place in a job's event log. */
export interface EventPosition {
  readonly jobId: string;
  readonly sequence: number;
}

/** How many events of one job a single read brings at most. */
export const MAX_EVENTS_PER_READ = 500;

/** Every method rejects with StoreUnavailableError when the database is in trouble that may pass. */
export interface Database {
  /** Several processes may use it at once. */
  readonly shared: boolean;
  /** SQL for the present time in Unix milliseconds by the database's own clock. */
  readonly now: string;
  readonly query: Query;
  /**
   * A read whose answer is only decided on, and told nobody: it may know of commits that are not on the disk yet. What is
   * decided is committed after them, and so outlives nothing that it rests on.
   */
  readonly peek: Query;
  /**
   * Runs `work` in one transaction: committed durably when it resolves, rolled back when it rejects. `work` must use
   * only the query it is given.
   */
  transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result>;
  /** Waits its turn among all transactions that ask for the same name, on any instance; held until this one ends. */
  takeTurn(query: Query, name: string): Promise<void>;
  /** Runs `work` while no other instance runs any under the same name. */
  withLock<Result>(name: "migrate" | "dispatch", work: () => Promise<Result>): Promise<Result>;
  /**
   * Writes a batch of steps, at most one per job, in durable commits, and tells other instances.
   * @returns the ids of the jobs whose step took effect.
   */
  writeChanges(changes: readonly ChangeRow[]): Promise<ReadonlySet<string>>;
  /** The next events of several jobs, each job's after its position and oldest first, at most MAX_EVENTS_PER_READ of each. */
  readEvents(positions: readonly EventPosition[]): Promise<readonly EventRow[]>;
  /** Tells other instances to look at a job, once the transaction of `query` commits, if it runs in one. */
  announce(query: Query, jobId: string): Promise<void>;
  /** Starts to listen: `told` gets the ids of jobs that other instances changed. A notice may be lost. */
  onAnnouncement(told: (jobIds: readonly string[]) => void): void;
  close(): Promise<void>;
}

/** The database is in trouble that may pass: trying again later helps, and nothing was half done. */
export class StoreUnavailableError extends UnavailableError {
  constructor(
    /** For the log: may name hosts and files. */
    readonly reason: string,
    override readonly cause: unknown,
  ) {
    super("The store does not answer at present. Nothing was lost; try again in a moment.");
  }
}
