import { describe, expect, it } from "vitest";
import { cancel, NOT_BILLED } from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import { submitJob } from "../../../src/services/jobs/submit-job.js";
import type { SubmitInput, SubmitOptions } from "../../../src/services/services.js";
import { JobHistory } from "../../../src/services/store/job-history.js";
import { CALLER, makeInput, makeOptions } from "../../support/make-job.js";
import { unlimited } from "../../support/open-access.js";
import { openStore } from "../../support/open-store.js";

const NOW = 1_000_000;
const ALL = {
  filter: { status: null, requestId: null, createdAfter: null, createdBefore: null },
  limit: 100,
  direction: "older",
  olderThan: null,
  newerThan: null,
} as const;

async function openSubmission() {
  const { store, database } = await openStore();
  const dependencies = {
    store,
    quotas: unlimited(database),
    clock: () => NOW,
    maxDataUriBytes: 100,
    startTimeoutSeconds: 3_600,
    engine: "FAL" as const,
    clips: null,
    outboundPolicy: {},
  };
  const submit = (input: Partial<SubmitInput> = {}, options: Partial<SubmitOptions> = {}, caller = CALLER) =>
    submitJob(dependencies, caller, makeInput(input), makeOptions(options));
  const jobs = async () => new JobHistory(database).list(CALLER.id, ALL);
  return { store, submit, jobs };
}

describe("submitting a job", () => {
  it("stores the job before it answers, waiting, with its effective values", async () => {
    const { store, submit } = await openSubmission();

    const { job } = await submit({ secondsTotal: 3, maskStart: 1, maskEnd: 190 }, { startTimeoutSeconds: 60 });

    expect(job).toMatchObject({
      status: "IN_QUEUE",
      submission: "WAITING",
      createdAt: NOW,
      startDeadlineAt: NOW + 60_000,
      lastSequence: 1,
      input: { secondsTotal: 3, maskStart: 1, maskEnd: 3 },
    });
    expect(await store.find(job?.id ?? "")).toEqual({ ...job, queuePosition: 0 });
  });

  it("draws a seed of 32 bits where none is given, and keeps a given one", async () => {
    const { submit } = await openSubmission();

    const drawn = (await submit()).job?.input.seed ?? -1n;
    const given = (await submit({ seed: 2n ** 60n })).job?.input.seed;

    expect(drawn >= 0n && drawn < 2n ** 32n).toBe(true);
    expect(given).toBe(2n ** 60n);
  });

  it("keeps a data: URI apart from the job and shows it shortened", async () => {
    const { store, submit } = await openSubmission();

    const { job } = await submit({ audioUrl: "data:audio/wav;base64,UklGRg==" });

    expect(job?.input.audioUrl).toBe("data:audio/wav;base64,(4 bytes)");
    expect(await store.findPayload(job?.id ?? "")).toBe("data:audio/wav;base64,UklGRg==");
  });

  it("makes one job of fifty concurrent submissions under one key", async () => {
    const { submit, jobs } = await openSubmission();

    const outcomes = await Promise.all(Array.from({ length: 50 }, () => submit({}, { idempotencyKey: "once" })));

    expect(new Set(outcomes.map(({ job }) => job?.id)).size).toBe(1);
    expect(await jobs()).toHaveLength(1);
  });

  it("gives the same job back whatever its state", async () => {
    const { store, submit } = await openSubmission();
    const { job } = await submit({}, { idempotencyKey: "k" });
    if (!job) throw new Error("Expected a job");
    await changeJob(store, job, { name: "finished", at: NOW }, (current) => cancel(current, NOT_BILLED, NOW));

    expect(await submit({}, { idempotencyKey: "k" })).toMatchObject({
      job: { id: job.id, status: "CANCELLED" },
      faults: [],
    });
  });

  it("takes the same meaning in other words for the same input", async () => {
    const { submit } = await openSubmission();
    const first = await submit({ secondsTotal: 10, maskEnd: 10 }, { idempotencyKey: "k" });
    const second = await submit({ secondsTotal: 10, maskEnd: 190 }, { idempotencyKey: "k" });

    expect(second.job?.id).toBe(first.job?.id);
  });

  it.each<[string, Partial<SubmitInput>, Partial<SubmitOptions>]>([
    ["another prompt", { prompt: "other" }, {}],
    ["another seed", { seed: 5n }, {}],
    ["another file", { audioUrl: "https://files.example/other.wav" }, {}],
    ["another priority", {}, { priority: "LOW" }],
    ["another start timeout", {}, { startTimeoutSeconds: 9 }],
  ])("refuses a key that was used with %s", async (_name, input, options) => {
    const { submit, jobs } = await openSubmission();
    const first = await submit({}, { idempotencyKey: "k" });

    const second = await submit(input, { ...options, idempotencyKey: "k" });

    expect(second.job).toBeNull();
    expect(second.faults).toEqual([
      {
        code: "IDEMPOTENCY_CONFLICT",
        field: ["options", "idempotencyKey"],
        message: expect.stringContaining(first.job?.id ?? "?"),
      },
    ]);
    expect(await jobs()).toHaveLength(1);
  });

  it("looks the key up before it checks anything", async () => {
    const { submit } = await openSubmission();
    await submit({}, { idempotencyKey: "k" });

    const { faults } = await submit({ prompt: "", maskStart: 500 }, { idempotencyKey: "k" });

    expect(faults.map(({ code }) => code)).toEqual(["IDEMPOTENCY_CONFLICT"]);
  });

  it("leaves the key free when the submission was refused", async () => {
    const { submit } = await openSubmission();
    await submit({ prompt: "" }, { idempotencyKey: "k" });

    expect((await submit({}, { idempotencyKey: "k" })).job).not.toBeNull();
  });

  it("keeps the keys of two callers apart", async () => {
    const { submit } = await openSubmission();
    const mine = await submit({}, { idempotencyKey: "k" });
    const theirs = await submit({ prompt: "other" }, { idempotencyKey: "k" }, { id: "somebody else" });

    expect(theirs.faults).toEqual([]);
    expect(theirs.job?.id).not.toBe(mine.job?.id);
  });

  it("stores nothing when anything is wrong", async () => {
    const { submit, jobs } = await openSubmission();

    expect((await submit({ prompt: " " })).job).toBeNull();
    expect(await jobs()).toEqual([]);
  });
});
