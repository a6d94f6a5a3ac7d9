import { createHmac, timingSafeEqual } from "node:crypto";
import type { SigningKey, SigningKeys } from "../signing-keys.js";

/**
 * The addresses that upstream is told to call. fal signs for all its customers, so its signature alone does not say that
 * a webhook is about a job of ours: the address names the job and proves that this server gave it out.
 */
export class CallbackUrls {
  constructor(
    private readonly publicUrl: string,
    private readonly signingKeys: SigningKeys,
  ) {}

  async urlFor(jobId: string): Promise<string> {
    const proof = proofOf(jobId, await this.signingKeys.current("upstream-webhook"));
    return `${this.publicUrl}/webhooks/fal?${new URLSearchParams({ job: jobId, proof })}`;
  }

  async proves(jobId: string, proof: string): Promise<boolean> {
    const given = Buffer.from(proof);
    // More than one where two instances started at once.
    return (await this.signingKeys.list("upstream-webhook")).some((key) => {
      const expected = Buffer.from(proofOf(jobId, key));
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
  }
}

function proofOf(jobId: string, { secret }: SigningKey): string {
  return createHmac("sha256", secret).update(jobId).digest("base64url");
}
