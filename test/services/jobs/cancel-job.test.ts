import { expect, it } from "vitest";
import type { Job } from "../../../src/services/job.js";
import { startSending } from "../../../src/services/job-state.js";
import { cancelJob } from "../../../src/services/jobs/cancel-job.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import { CALLER, insertJob } from "../../support/make-job.js";
import { openStore } from "../../support/open-store.js";

const NOW = 7_000;

async function openCancelling() {
  const { store } = await openStore();
  const requested: Job[] = [];
  const dependencies = { store, clock: () => NOW, onRequested: (job: Job) => requested.push(job) };
  return { store, requested, cancel: (id: string, caller = CALLER) => cancelJob(dependencies, caller, id) };
}

it("cancels a waiting job at once and free of charge", async () => {
  const { store, requested, cancel } = await openCancelling();
  const { id } = await insertJob(store, {}, { payload: "data:audio/wav;base64,AAAA" });

  const { outcome, job } = await cancel(id);

  expect(outcome).toBe("CANCELLED");
  expect(job).toMatchObject({ status: "CANCELLED", billed: "NO", cancelRequestedAt: NOW, finishedAt: NOW });
  expect(await store.find(id)).toEqual(job);
  expect(await store.findPayload(id)).toBeNull();
  expect(requested).toEqual([]);
});

it.each(["SENDING", "UNCONFIRMED", "SUBMITTED"] as const)(
  "stores the wish for a job that is %s",
  async (submission) => {
    const { store, requested, cancel } = await openCancelling();
    const job = await insertJob(store);
    await store.change({ before: job, after: { ...job, submission }, name: "sending", at: 1 });

    const first = await cancel(job.id);
    const second = await cancel(job.id);

    expect([first.outcome, second.outcome]).toEqual(["CANCELLATION_REQUESTED", "CANCELLATION_REQUESTED"]);
    expect(second.job).toMatchObject({ status: "IN_QUEUE", cancelRequestedAt: NOW, lastSequence: 3 });
    // Told each time: upstream may not have answered the first.
    expect(requested.map(({ id }) => id)).toEqual([job.id, job.id]);
  },
);

it("leaves a finished job as it is", async () => {
  const { store, cancel } = await openCancelling();
  const { id } = await insertJob(store);
  const finished = await cancel(id);

  expect(await cancel(id)).toEqual({ job: finished.job, outcome: "ALREADY_FINISHED", faults: [] });
});

it.each([
  ["no such id", CALLER],
  ["another caller's job", { id: "somebody else" }],
])("tells %s as not found", async (_name, caller) => {
  const { store, cancel } = await openCancelling();
  const { id } = await insertJob(store, caller === CALLER ? { id: "other" } : {});

  const { outcome, faults } = await cancel(caller === CALLER ? "nothing" : id, caller);

  expect(outcome).toBeNull();
  expect(faults).toEqual([
    { code: "NOT_FOUND", field: ["id"], message: expect.stringContaining("There is no job with the id") },
  ]);
});

it("either cancels a job or lets it be sent, never both without a trace", async () => {
  const { store, cancel } = await openCancelling();
  for (let round = 0; round < 30; round++) {
    const job = await insertJob(store);
    const send = () =>
      changeJob(store, job, { name: "sending", at: 1 }, (current) => startSending(current, "instance", 1));
    const [sent, cancelled] =
      round % 2 === 0
        ? await Promise.all([send(), cancel(job.id)])
        : await Promise.all([cancel(job.id), send()]).then(([one, other]) => [other, one] as const);

    const end = await store.find(job.id);
    if (sent)
      expect([cancelled.outcome, end?.status, end?.cancelRequestedAt]).toEqual([
        "CANCELLATION_REQUESTED",
        "IN_QUEUE",
        NOW,
      ]);
    else expect([cancelled.outcome, end?.submission]).toEqual(["CANCELLED", "WAITING"]);
  }
});
