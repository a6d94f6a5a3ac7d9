import { createHash, createPrivateKey, generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** A key of the JWKS: the one in use, the one before it, or one that is not in there at all. */
export type WebhookKeyName = "current" | "previous" | "foreign";

/** The Ed25519 keys that webhooks are signed with, and what is published of them. */
export interface WebhookKeys {
  /** Lower-case hexadecimal. */
  sign(message: string, key: WebhookKeyName): string;
  /** Public halves; `x` is base64url with its padding, as fal publishes it. */
  jwks(): { keys: Record<string, string>[] };
}

/** The keys of a data folder, made on first use and readable by their owner alone. The folder must be locked. */
export function loadWebhookKeys(path: string): WebhookKeys {
  if (!existsSync(path)) {
    writeFileSync(`${path}.tmp`, JSON.stringify([newKey(), newKey()]), { mode: 0o600 });
    renameSync(`${path}.tmp`, path);
  }
  const [current, previous] = (JSON.parse(readFileSync(path, "utf8")) as JsonWebKey[]).map(readKey);
  if (current === undefined || previous === undefined) {
    throw new Error(`The webhook keys ${path} are not two. Remove the file to have new ones made.`);
  }
  const keys = { current, previous, foreign: readKey(newKey()) };
  return {
    sign: (message, key) => sign(null, Buffer.from(message), keys[key].secret).toString("hex"),
    jwks: () => ({ keys: [current.published, previous.published] }),
  };
}

function newKey(): JsonWebKey {
  return generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
}

function readKey(key: JsonWebKey): { secret: KeyObject; published: Record<string, string> } {
  const x = key.x ?? "";
  const kid = createHash("sha256").update(x).digest("hex").slice(0, 16);
  return {
    secret: createPrivateKey({ key, format: "jwk" }),
    published: { kty: "OKP", crv: "Ed25519", kid, use: "sig", x: x.padEnd(Math.ceil(x.length / 4) * 4, "=") },
  };
}
