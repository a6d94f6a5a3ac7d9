import type { Caller } from "../services/job.js";
import type { RequestAllowance, Services } from "../services/services.js";

/** A request that may be looked at: whose it is, and what they have left of the present minute (null: any number). */
export interface AdmittedRequest {
  readonly caller: Caller;
  readonly allowance: RequestAllowance | null;
}

/** Who asks, and whether they may ask once more now. Rejects with a PublicError. */
export async function admitRequest(services: Services, authorization: string | undefined): Promise<AdmittedRequest> {
  const caller = await services.authenticate(authorization ?? null);
  return { caller, allowance: await services.countRequest(caller) };
}
