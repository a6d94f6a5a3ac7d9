import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A caller's key as the server keeps it: never the secret, only its SHA-256. */
export interface ApiKey {
  /** The caller it belongs to; several keys may name the same one. */
  readonly name: string;
  readonly sha256Hex: string;
}

/** A new key: the secret for the caller, and the entry of API_KEYS by which the server knows it. */
export function createApiKey(name: string): { readonly secret: string; readonly entry: string } {
  const secret = `punchin_${randomBytes(32).toString("base64url")}`;
  return { secret, entry: `${name}:${hashOf(secret).toString("hex")}` };
}

/**
 * Whose key this is, null when nobody's. Every key is compared, each in constant time, so that how long it takes tells
 * nothing about any of them.
 */
export function findKeyOwner(keys: readonly ApiKey[], secret: string): string | null {
  const given = hashOf(secret);
  let owner: string | null = null;
  for (const { name, sha256Hex } of keys) {
    if (timingSafeEqual(given, Buffer.from(sha256Hex, "hex"))) owner = name;
  }
  return owner;
}

function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
