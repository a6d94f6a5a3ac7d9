import { expect } from "vitest";
import type { Caller } from "../../../src/services/job.js";
import { submitJob } from "../../../src/services/jobs/submit-job.js";
import type { QuotaSettings } from "../../../src/services/quotas/limits.js";
import { Quotas } from "../../../src/services/quotas/quotas.js";
import type { SubmitInput, SubmitOptions } from "../../../src/services/services.js";
import { CALLER, makeInput, makeOptions } from "../../support/make-job.js";
import { openStore } from "../../support/open-store.js";

export const START = 1_700_000_000_000;
export const OTHER: Caller = { id: "somebody else" };

/** What accepts jobs, with these limits and a clock that the test sets. @param place shared by two instances. */
export async function openQuotas(settings: QuotaSettings, place?: string) {
  const open = await openStore(() => {}, place);
  const { store, database } = open;
  const clock = { now: START };
  const quotas = new Quotas(database, settings, () => clock.now);
  const dependencies = {
    store,
    quotas,
    clock: () => clock.now,
    maxDataUriBytes: 1_000,
    startTimeoutSeconds: 3_600,
    engine: "FAL" as const,
    clips: null,
    outboundPolicy: {},
  };
  const submit = (caller = CALLER, options: Partial<SubmitOptions> = {}, input: Partial<SubmitInput> = {}) =>
    submitJob(dependencies, caller, makeInput(input), makeOptions(options));
  /** Submits, which must be accepted. */
  const accept = async (caller = CALLER) => {
    const { job, faults } = await submit(caller);
    expect(faults).toEqual([]);
    if (!job) throw new Error("The job was not accepted.");
    return job;
  };
  const used = async (caller = CALLER) =>
    Object.fromEntries((await quotas.describe(caller)).map((limit) => [limit.name, limit]));
  return { ...open, clock, quotas, submit, accept, used };
}
