import { randomBytes } from "node:crypto";
import { createReadStream, readdirSync, rmSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { syncFolder } from "../../files/sync-folder.js";
import { writeFileAtomically } from "./atomic-file.js";

/** What is known of a stored file. */
export interface StoredFile {
  id: string;
  name: string;
  contentType: string;
  sizeBytes: number;
  createdAtMs: number;
  /** From then on it is gone; null: when the folder's retention says so. */
  expiresAtMs: number | null;
}

/** A file to come; the bytes follow. */
export interface NewFile {
  id: string;
  name: string;
  contentType: string;
  lifetimeSeconds: number | null;
}

/** A file id can't be written twice. */
export class FileExistsError extends Error {
  override readonly name = "FileExistsError";
}
export class FileTooLargeError extends Error {
  override readonly name = "FileTooLargeError";
}
export class EmptyFileError extends Error {
  override readonly name = "EmptyFileError";
}

const FILE_ID = /^[0-9a-f]{32}$/;
const MAX_NAME_CHARACTERS = 100;

/** 128 random bits: whoever knows a file's URL may read it, so it must not be guessable. */
export function createFileId(): string {
  return randomBytes(16).toString("hex");
}

/** Removes what was arriving when the process was killed, so that it can be sent again. Before any store uses the folder. */
export function removePartialFiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".part") || name.endsWith(".tmp")) rmSync(join(folder, name), { force: true });
  }
}

/** The last part of any path a caller names, cut to characters that mean nothing to a file system, URL or header. */
export function sanitizeFileName(name: string): string {
  const lastPart = name.split(/[/\\]/).at(-1) ?? "";
  const plain = lastPart.replace(/[^A-Za-z0-9._-]+/g, "_").replace(/^[._]+/, "");
  return plain.slice(-MAX_NAME_CHARACTERS) || "file";
}

/**
 * Files in one folder, as `<id>` (the bytes), `<id>.json` (what is known) and, while it arrives, `<id>.part`.
 * A file is there as a whole or not at all. Paths are made of ids this class has checked, never of names.
 */
export class FileStore {
  private bytesSinceRemoval = 0;

  /** @param maxTotalBytes beyond it the oldest files go. */
  constructor(
    private readonly folder: string,
    private readonly maxTotalBytes: number,
  ) {}

  /** Streams a file in. @throws FileExistsError, FileTooLargeError, EmptyFileError, or what the source threw */
  write(file: NewFile, source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<StoredFile> {
    return this.keep(file, (part) => pour(source, part, maxBytes));
  }

  /**
   * Keeps what `produce` writes into the empty file at the path that it is given; after it has settled, nothing may be
   * written there. @throws FileExistsError, EmptyFileError, or what `produce` threw
   */
  writeAtPath(file: NewFile, produce: (path: string) => Promise<unknown>): Promise<StoredFile> {
    return this.keep(file, (_part, path) => produce(path));
  }

  private async keep(
    file: NewFile,
    fill: (part: FileHandle, partPath: string) => Promise<unknown>,
  ): Promise<StoredFile> {
    const path = this.path(file.id);
    const partPath = `${path}.part`;
    const part = await openExclusively(partPath);
    try {
      let sizeBytes: number;
      try {
        if (await exists(path)) throw new FileExistsError(`File ${file.id} is already there`);
        await fill(part, partPath);
        sizeBytes = (await part.stat()).size;
        if (sizeBytes === 0) throw new EmptyFileError("No bytes came");
        await part.sync();
      } finally {
        await part.close();
      }
      const createdAtMs = Date.now();
      const expiresAtMs = file.lifetimeSeconds === null ? null : createdAtMs + file.lifetimeSeconds * 1000;
      const { id, name, contentType } = file;
      const stored: StoredFile = { id, name, contentType, sizeBytes, createdAtMs, expiresAtMs };
      await writeFileAtomically(`${path}.json`, JSON.stringify(stored), { durable: true });
      await rename(partPath, path);
      await syncFolder(this.folder);
      await this.countWritten(sizeBytes);
      return stored;
    } catch (error) {
      await rm(partPath, { force: true });
      throw error;
    }
  }

  /** The file of this id and, when given, exactly this name; null when there is none (any more). */
  async find(id: string, name?: string): Promise<StoredFile | null> {
    if (!FILE_ID.test(id)) return null;
    try {
      const stored = JSON.parse(await readFile(`${this.path(id)}.json`, "utf8")) as StoredFile;
      const expired = stored.expiresAtMs !== null && stored.expiresAtMs <= Date.now();
      const matches = name === undefined || name === stored.name;
      return !expired && matches && (await exists(this.path(id))) ? stored : null;
    } catch {
      return null;
    }
  }

  /** A stream of the bytes from `start` to `end`, both included. */
  stream(id: string, start: number, end: number): Readable {
    return createReadStream(this.path(id), { start, end });
  }

  /** All bytes. */
  async read(id: string): Promise<Uint8Array> {
    const handle = await open(this.path(id));
    try {
      // In as few reads as there can be: readFile's many small ones hold the main thread up.
      // Not zeroed first, which would hold it up too: every byte is filled.
      const bytes = Buffer.allocUnsafeSlow((await handle.stat()).size);
      for (let filled = 0; filled < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, filled);
        if (bytesRead === 0) throw new Error(`File ${id} became shorter while it was read`);
        filled += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  }

  async remove(id: string): Promise<void> {
    const path = this.path(id);
    await rm(path, { force: true });
    await rm(`${path}.json`, { force: true });
  }

  /** Removes what is past its time or older than `maxAgeMs`, then the oldest beyond the bound. */
  async sweep(maxAgeMs: number): Promise<void> {
    const now = Date.now();
    const kept: { id: string; createdAtMs: number; sizeBytes: number }[] = [];
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      const details = await stat(path).catch(() => null);
      if (details === null) continue;
      const isOld = details.mtimeMs <= now - maxAgeMs;
      if (!FILE_ID.test(name)) {
        // Descriptions go with their files; what else is old was left behind by a crash.
        if (isOld) await rm(path, { force: true });
      } else if (isOld || (await this.find(name)) === null) {
        await this.remove(name);
      } else {
        kept.push({ id: name, createdAtMs: details.mtimeMs, sizeBytes: details.size });
      }
    }
    await this.removeOldestBeyondBound(kept);
  }

  /** The bound is looked after each time a twentieth of it was written, not only when somebody sweeps. */
  private async countWritten(sizeBytes: number): Promise<void> {
    this.bytesSinceRemoval += sizeBytes;
    if (this.bytesSinceRemoval < this.maxTotalBytes / 20) return;
    this.bytesSinceRemoval = 0;
    await this.sweep(Number.POSITIVE_INFINITY);
  }

  private async removeOldestBeyondBound(
    files: { id: string; createdAtMs: number; sizeBytes: number }[],
  ): Promise<void> {
    let totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { id, sizeBytes } of files.sort((one, other) => one.createdAtMs - other.createdAtMs)) {
      if (totalBytes <= this.maxTotalBytes) return;
      await this.remove(id);
      totalBytes -= sizeBytes;
    }
  }

  /** Where the bytes of a file lie. */
  path(id: string): string {
    if (!FILE_ID.test(id)) throw new Error("not a file id");
    return join(this.folder, id);
  }
}

async function openExclusively(path: string): Promise<FileHandle> {
  try {
    return await open(path, "wx", 0o600);
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw isThere ? new FileExistsError("The file is being written by somebody else") : error;
  }
}

async function pour(source: AsyncIterable<Uint8Array>, target: FileHandle, maxBytes: number): Promise<void> {
  let sizeBytes = 0;
  for await (const chunk of source) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) throw new FileTooLargeError(`More than ${maxBytes} bytes`);
    await target.writeFile(chunk);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
