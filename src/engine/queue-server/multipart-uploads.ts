import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream, rmSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { makeFolder } from "../data-folder.js";
import { FileTooLargeError } from "./file-store.js";
import type { UploadGrant } from "./upload-signature.js";

/** Larger than any input of the model; fal's client sends 10 MiB parts from 90 MiB on. */
export const MAX_MULTIPART_BYTES = 256 * 1024 * 1024;
const MAX_PARTS = 256;
/** What unfinished uploads may take from the disk is bounded by their number. */
const MAX_UPLOADS = 16;

/** What can't be put together, or is too much. */
export class MultipartError extends Error {
  override readonly name = "MultipartError";

  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

interface Part {
  etag: string;
  sizeBytes: number;
  path: string;
}

interface Upload {
  parts: Map<number, Part>;
  /** Of all parts that are here or arriving. */
  sizeBytes: number;
  expiry: NodeJS.Timeout;
}

/**
 * Uploads that come in parts. The parts wait in a folder of their own until the upload is complete, its URL expires, or
 * the process ends: a new one starts with none.
 */
export class MultipartUploads {
  private readonly uploads = new Map<string, Upload>();

  constructor(private readonly folder: string) {
    rmSync(folder, { recursive: true, force: true });
    makeFolder(folder);
  }

  /** A part sent again replaces the one before. @returns its etag. @throws MultipartError, FileTooLargeError */
  async writePart(grant: UploadGrant, partNumber: number, source: AsyncIterable<Uint8Array>): Promise<string> {
    if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PARTS) {
      throw new MultipartError(400, `Expected a part number from 1 to ${MAX_PARTS}`);
    }
    const upload = this.uploadOf(grant);
    const path = join(this.folder, `${grant.fileId}-${partNumber}`);
    const arriving = `${path}-${randomBytes(6).toString("hex")}`;
    let sizeBytes = 0;
    const maxBytes = Math.min(grant.sizeBytes ?? MAX_MULTIPART_BYTES, MAX_MULTIPART_BYTES);
    const count = (bytes: number): void => {
      sizeBytes += bytes;
      upload.sizeBytes += bytes;
      const replacedBytes = upload.parts.get(partNumber)?.sizeBytes ?? 0;
      if (upload.sizeBytes - replacedBytes > maxBytes) throw new FileTooLargeError(`More than ${maxBytes} bytes`);
    };
    try {
      const etag = await store(source, arriving, count);
      await rename(arriving, path);
      upload.sizeBytes -= upload.parts.get(partNumber)?.sizeBytes ?? 0;
      upload.parts.set(partNumber, { etag, sizeBytes, path });
      return etag;
    } catch (error) {
      upload.sizeBytes -= sizeBytes;
      await rm(arriving, { force: true });
      throw error;
    }
  }

  /** The bytes of the named parts, one after the other. @throws MultipartError when they are not those that came */
  read(grant: UploadGrant, named: readonly { partNumber: number; etag: string }[]): AsyncIterable<Uint8Array> {
    const parts = this.uploads.get(grant.fileId)?.parts;
    const found = named.map(({ partNumber, etag }) => {
      const part = parts?.get(partNumber);
      if (part?.etag !== etag) throw new MultipartError(400, `Part ${partNumber} has not come with the etag ${etag}`);
      return part.path;
    });
    if (found.length === 0) throw new MultipartError(400, "Expected at least one part");
    return readAll(found);
  }

  async remove({ fileId }: UploadGrant): Promise<void> {
    const upload = this.uploads.get(fileId);
    if (upload === undefined) return;
    clearTimeout(upload.expiry);
    this.uploads.delete(fileId);
    for (const { path } of upload.parts.values()) await rm(path, { force: true });
  }

  /** Nothing keeps waiting for an upload to expire. */
  close(): void {
    for (const { expiry } of this.uploads.values()) clearTimeout(expiry);
  }

  private uploadOf(grant: UploadGrant): Upload {
    const existing = this.uploads.get(grant.fileId);
    if (existing !== undefined) return existing;
    if (this.uploads.size >= MAX_UPLOADS)
      throw new MultipartError(429, `${MAX_UPLOADS} uploads in parts are under way`);
    const livesMs = Math.max(0, grant.expiresAtSeconds * 1000 - Date.now());
    // What can't be removed now goes with the folder at the next start.
    const expiry = setTimeout(() => this.remove(grant).catch(() => {}), livesMs).unref();
    const upload = { parts: new Map<number, Part>(), sizeBytes: 0, expiry };
    this.uploads.set(grant.fileId, upload);
    return upload;
  }
}

/** @returns the etag of the bytes. @throws what `count` throws */
async function store(source: AsyncIterable<Uint8Array>, path: string, count: (bytes: number) => void): Promise<string> {
  const hash = createHash("md5");
  await pipeline(
    source,
    async function* pass(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        count(chunk.byteLength);
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { mode: 0o600 }),
  );
  return `"${hash.digest("hex")}"`;
}

async function* readAll(paths: readonly string[]): AsyncIterable<Uint8Array> {
  for (const path of paths) yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}
