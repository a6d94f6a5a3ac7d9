import { createHmac, timingSafeEqual } from "node:crypto";
import type { ResultLink } from "../services.js";
import type { SigningKey, SigningKeys } from "../signing-keys.js";

/**
 * Addresses of archived results. Whoever has one may read that one file, as with fal's own addresses; it stays good as
 * long as the file is kept, unless the signing key is replaced.
 */
export class ResultLinks {
  constructor(
    private readonly keys: SigningKeys,
    private readonly baseUrl: () => string,
  ) {}

  async make(jobId: string, fileName: string): Promise<string> {
    const key = await this.keys.current("result-link");
    const query = new URLSearchParams({ key: key.id, signature: sign(key, jobId, fileName).toString("base64url") });
    return `${this.baseUrl()}/results/${jobId}/${fileName}?${query}`;
  }

  async isGenuine({ jobId, fileName, keyId, signature }: ResultLink): Promise<boolean> {
    const key = await this.keys.find("result-link", keyId);
    if (!key) return false;
    const expected = sign(key, jobId, fileName);
    const given = Buffer.from(signature, "base64url");
    return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
  }
}

function sign({ secret }: SigningKey, jobId: string, fileName: string): Buffer {
  return createHmac("sha256", secret)
    .update(JSON.stringify([jobId, fileName]))
    .digest();
}
