import { expect, test } from "vitest";
import { stateDeadline, timedOut } from "../../../src/services/tracker/state-deadline.js";
import { makeJob } from "../../support/make-job.js";

const START_BY = 1_000_000;
const RUN_SECONDS = 600;

function deadlineOf(overrides: Parameters<typeof makeJob>[0]): number {
  return stateDeadline(makeJob({ startDeadlineAt: START_BY, ...overrides }), RUN_SECONDS);
}

test("a job in the queue has until its start deadline, and the grace that lets upstream say so first", () => {
  expect(deadlineOf({ status: "IN_QUEUE" })).toBe(START_BY + 15_000);
});

test("a run has its own time, however long the job waited", () => {
  expect(deadlineOf({ status: "IN_PROGRESS", startedAt: 5_000 })).toBe(605_000);
  expect(deadlineOf({ status: "IN_PROGRESS", startedAt: START_BY })).toBe(START_BY + 600_000);
});

test("a job that was put back has whichever ends later", () => {
  expect(deadlineOf({ status: "IN_QUEUE", startedAt: 5_000 })).toBe(START_BY + 15_000);
  expect(deadlineOf({ status: "IN_QUEUE", startedAt: START_BY })).toBe(START_BY + 600_000);
});

test("says which time was up, and whether the end is certain", () => {
  expect(timedOut(makeJob(), true)).toMatchObject({
    code: "TIMED_OUT",
    retryable: true,
    field: ["options", "startTimeout"],
    message: expect.stringMatching(/did not start .* It was cancelled\..*longer startTimeout/),
  });
  expect(timedOut(makeJob({ startedAt: 1 }), false)).toMatchObject({
    field: null,
    message: expect.stringMatching(/ran longer .*did not confirm/),
  });
});
