import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { Logger } from "pino";
import { record, text } from "../fal/decode.js";
import { reasonOf } from "../reason-of.js";

export interface FalKeysDependencies {
  /** Upstream's key set (JWKS), as JSON. */
  readonly read: () => Promise<unknown>;
  readonly logger: Logger;
  readonly clock: () => number;
}

/** fal's bound. */
const MAX_AGE_MS = 24 * 60 * 60 * 1_000;
/** Signatures that fit no key, and sets that can't be read, make no more than one request in this time. */
const PAUSE_MS = 10_000;
/** fal publishes two. */
const MAX_KEYS = 20;

/**
 * The public keys that upstream signs its webhooks with. Deliveries name no key, so all are tried; when none fits, the set
 * is read once more, because keys change.
 */
export class FalKeys {
  private keys: readonly KeyObject[] = [];
  private readAt = Number.NEGATIVE_INFINITY;
  private readonly askedAt = { outdated: Number.NEGATIVE_INFINITY, unknown: Number.NEGATIVE_INFINITY };
  private reading: Promise<void> | null = null;

  constructor(private readonly dependencies: FalKeysDependencies) {}

  /** Whether one of upstream's keys made this Ed25519 signature. False also while the keys can't be read. Never rejects. */
  async verify(message: Uint8Array, signature: Uint8Array): Promise<boolean> {
    if (this.since(this.readAt) >= MAX_AGE_MS) await this.refresh("outdated");
    const tried = this.keys;
    if (fits(tried, message, signature)) return true;
    await this.refresh("unknown");
    return this.keys !== tried && fits(this.keys, message, signature);
  }

  /** Whoever comes while the set is being read waits for the same answer. */
  private async refresh(reason: keyof typeof this.askedAt): Promise<void> {
    if (!this.reading) {
      if (this.since(this.askedAt[reason]) < PAUSE_MS) return;
      this.askedAt[reason] = this.dependencies.clock();
      this.reading = this.load().finally(() => {
        this.reading = null;
      });
    }
    await this.reading;
  }

  private async load(): Promise<void> {
    try {
      this.keys = parseKeySet(await this.dependencies.read());
      this.readAt = this.dependencies.clock();
    } catch (error) {
      if (this.since(this.readAt) >= MAX_AGE_MS) this.keys = [];
      this.dependencies.logger.warn({ reason: reasonOf(error) }, "upstream's webhook keys were not read");
    }
  }

  /** The clock may be set back. */
  private since(time: number): number {
    return Math.abs(this.dependencies.clock() - time);
  }
}

function fits(keys: readonly KeyObject[], message: Uint8Array, signature: Uint8Array): boolean {
  return keys.some((key) => verify(null, message, key, signature));
}

/** Keys of another kind are left out: a set may hold some for other uses. */
function parseKeySet(json: unknown): KeyObject[] {
  const keys = record(json)?.keys;
  if (!Array.isArray(keys)) throw new Error("Expected a JSON Web Key Set from upstream.");
  return keys.slice(0, MAX_KEYS).flatMap((key) => {
    const { kty, crv, x } = record(key) ?? {};
    const point = text(x);
    if (kty !== "OKP" || crv !== "Ed25519" || point === null) return [];
    try {
      // fal pads the point, which JSON Web Keys don't.
      return [createPublicKey({ key: { kty, crv, x: point.replace(/=+$/, "") }, format: "jwk" })];
    } catch {
      return [];
    }
  });
}
