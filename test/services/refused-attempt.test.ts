import { expect, test } from "vitest";
import type { Job } from "../../src/services/job.js";
import { returnToWaiting, startSending, takeOver } from "../../src/services/job-state.js";

const waiting = { status: "IN_QUEUE", submission: "WAITING", ownerId: null, cancelRequestedAt: null } as Job;

test("a refusal puts its own attempt back, also one that was taken over meanwhile", () => {
  const attempt = startSending(waiting, "a", 1);
  expect(attempt && returnToWaiting(attempt, attempt)?.submission).toBe("WAITING");
  const takenOver = attempt && takeOver(attempt, "b");
  expect(takenOver && attempt && returnToWaiting(takenOver, attempt)?.submission).toBe("WAITING");
});

test("a refusal told late does not put a newer attempt back, which may have been accepted", () => {
  const refused = startSending(waiting, "a", 1);
  const newer = startSending(waiting, "b", 2);
  expect(refused && newer && returnToWaiting(newer, refused)).toBeNull();
});
