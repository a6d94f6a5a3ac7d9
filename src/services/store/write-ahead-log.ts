import { closeSync, fdatasync, openSync } from "node:fs";
import { promisify } from "node:util";

const syncData = promisify(fdatasync);

/**
 * Brings SQLite's log of commits to the disk. SQLite itself would hold the event loop for as long as the disk takes, at
 * every commit; here the disk is waited for off the loop, and all that is committed meanwhile shares the next sync.
 *
 * A log that could not be synced is never trusted again: the system may have dropped what it failed to write, and says so
 * only once.
 */
export class WriteAheadLog {
  private readonly file: number;
  /** Commits so far, and how many of them are on the disk. */
  private committed = 0;
  private synced = 0;
  private syncing: Promise<void> | null = null;
  private failure: unknown = null;

  /** Throws when the file is not there. */
  constructor(path: string) {
    this.file = openSync(path, "r+");
  }

  noteCommit(): void {
    this.committed += 1;
  }

  /** Resolves once all that was committed before is on the disk; rejects with the system's error. */
  async reachDisk(): Promise<void> {
    const upTo = this.committed;
    while (this.synced < upTo) {
      this.syncing ??= this.sync();
      await this.syncing;
    }
  }

  close(): void {
    closeSync(this.file);
  }

  private async sync(): Promise<void> {
    const upTo = this.committed;
    try {
      if (this.failure !== null) throw this.failure;
      await syncData(this.file);
      this.synced = upTo;
    } catch (error) {
      this.failure = error;
      throw error;
    } finally {
      this.syncing = null;
    }
  }
}
