import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { linkSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";

/** What an upload URL allows: one file, by one id, under one name and type, until a time, and of one size if that is known. */
export interface UploadGrant {
  fileId: string;
  fileName: string;
  contentType: string;
  /** Null: any size up to the engine's own limit. */
  sizeBytes: number | null;
  /** Unix time in seconds. */
  expiresAtSeconds: number;
  /** How long the file is then kept; null: as long as all others. */
  lifetimeSeconds: number | null;
}

/** Long enough for 90 MB over a slow line to have started; fal's own URLs are said to live about 2 minutes. */
export const UPLOAD_GRANT_SECONDS = 15 * 60;

/** Signs grants and checks them, so that an upload URL can't be made up or altered. */
export class UploadSigner {
  constructor(private readonly key: Buffer) {}

  sign(grant: UploadGrant): string {
    return this.digest(grant).toString("base64url");
  }

  verify(grant: UploadGrant, signature: string): boolean {
    const given = Buffer.from(signature, "base64url");
    const expected = this.digest(grant);
    return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
  }

  private digest(grant: UploadGrant): Buffer {
    // JSON keeps the fields apart whatever they hold.
    const { fileId, fileName, contentType, sizeBytes, expiresAtSeconds, lifetimeSeconds } = grant;
    const fields = [fileId, fileName, contentType, sizeBytes, expiresAtSeconds, lifetimeSeconds];
    return createHmac("sha256", this.key).update(JSON.stringify(fields)).digest();
  }
}

/** The signing key of a data folder, made on first use and readable by its owner alone. URLs outlive a restart. */
export function loadSigningKey(path: string): Buffer {
  const existing = readKey(path);
  if (existing !== null) return existing;
  const temporaryPath = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  writeFileSync(temporaryPath, randomBytes(32), { mode: 0o600, flag: "wx" });
  try {
    // A link never replaces: of two processes that start at once one wins and both read its key.
    linkSync(temporaryPath, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    unlinkSync(temporaryPath);
  }
  const key = readKey(path);
  if (key === null) throw new Error(`The signing key ${path} is not 32 bytes long. Remove it to have a new one made.`);
  return key;
}

function readKey(path: string): Buffer | null {
  try {
    const key = readFileSync(path);
    if (key.byteLength === 32) return key;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  return null;
}
