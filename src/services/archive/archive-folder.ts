import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { syncFolder } from "../../files/sync-folder.js";

/** A job's id: nothing else names a file. */
const FILE_NAME = /^[0-9a-f-]{36}$/;
const PART_SUFFIX = ".part";
/** No copy takes nearly as long: what is older was left behind by a crash. */
const FORGOTTEN_AFTER_MS = 60 * 60 * 1_000;

/** Copies of results, one file for each job. Several processes may use the folder at once. */
export class ArchiveFolder {
  constructor(private readonly folder: string) {}

  /** Rejects with words for the operator. */
  async make(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 }).catch((error: Error) => {
      throw new Error(
        `The archive's folder ${this.folder} can't be made (${error.message}). Set DATA_DIR to a folder this user may write to.`,
        { cause: error },
      );
    });
  }

  /**
   * Writes a job's file as a whole and durably: after a crash it is there or not, never in part. Rejects when the source
   * does, or holds nothing or more than `maxBytes`.
   * @returns its size.
   */
  async write(jobId: string, source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<number> {
    const partPath = join(this.folder, `${jobId}.${randomUUID()}${PART_SUFFIX}`);
    try {
      const sizeBytes = await pour(source, partPath, maxBytes);
      await rename(partPath, this.path(jobId));
      await syncFolder(this.folder);
      return sizeBytes;
    } catch (error) {
      await rm(partPath, { force: true });
      throw error;
    }
  }

  /** Null when there is no such file. */
  async find(jobId: string): Promise<{ sizeBytes: number; createdAtMs: number } | null> {
    if (!FILE_NAME.test(jobId)) return null;
    const details = await stat(this.path(jobId)).catch(() => null);
    return details && { sizeBytes: details.size, createdAtMs: details.mtimeMs };
  }

  /** The bytes from `start` to `end`, both included. */
  stream(jobId: string, start: number, end: number): Readable {
    return createReadStream(this.path(jobId), { start, end });
  }

  async remove(jobId: string): Promise<void> {
    await rm(this.path(jobId), { force: true });
  }

  /** Every job that has a file. Removes what a crash left behind. */
  async list(now: number): Promise<string[]> {
    const names = await readdir(this.folder);
    for (const name of names.filter((entry) => entry.endsWith(PART_SUFFIX))) {
      const path = join(this.folder, name);
      const details = await stat(path).catch(() => null);
      if (details && details.mtimeMs < now - FORGOTTEN_AFTER_MS) await rm(path, { force: true });
    }
    return names.filter((name) => FILE_NAME.test(name));
  }

  private path(jobId: string): string {
    if (!FILE_NAME.test(jobId)) throw new Error("not a job's id");
    return join(this.folder, jobId);
  }
}

async function pour(source: AsyncIterable<Uint8Array>, path: string, maxBytes: number): Promise<number> {
  const file = await open(path, "wx", 0o600);
  try {
    let sizeBytes = 0;
    for await (const chunk of source) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBytes) throw new Error(`The file is larger than ${maxBytes} bytes.`);
      await file.writeFile(chunk);
    }
    if (sizeBytes === 0) throw new Error("The file is empty.");
    await file.sync();
    return sizeBytes;
  } finally {
    await file.close();
  }
}
