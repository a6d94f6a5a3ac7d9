import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import type { WebhookKeySet } from "../services.js";
import type { SigningKey, SigningKeys } from "../signing-keys.js";

/** How long a key is published before it signs, and then how long it signs. Receivers keep what they read for a day. */
const PERIOD_MS = 90 * 24 * 60 * 60 * 1_000;
/** Of every Ed25519 private key in PKCS #8, before its 32 bytes (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The Ed25519 keys that our own webhooks are signed with. Two are published: the older one signs, the newer takes over
 * when it is a period old, so that receivers know it long before.
 */
export class WebhookKeys {
  constructor(
    private readonly signingKeys: SigningKeys,
    private readonly clock: () => number,
  ) {}

  async sign(message: Uint8Array): Promise<Buffer> {
    const oldest = (await this.list()).at(-1);
    if (!oldest) throw new Error("There is no key to sign webhooks with.");
    return sign(null, message, privateKeyOf(oldest));
  }

  /** The public halves, newest first (JSON Web Key Set, RFC 7517 and RFC 8037). */
  async publish(): Promise<WebhookKeySet> {
    const keys = (await this.list()).map((key) => {
      const { x = "" } = createPublicKey(privateKeyOf(key)).export({ format: "jwk" });
      return { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid: key.id, x } as const;
    });
    return { keys };
  }

  private async list(): Promise<readonly SigningKey[]> {
    let keys = await this.signingKeys.list("webhook");
    while (keys.length < 2 || this.clock() - (keys[0]?.createdAt ?? 0) >= PERIOD_MS) {
      await this.signingKeys.rotate("webhook");
      keys = await this.signingKeys.list("webhook");
    }
    return keys;
  }
}

function privateKeyOf({ secret }: SigningKey): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: "der", type: "pkcs8" });
}
