import { expect, it } from "vitest";
import { BadUserInputError } from "../../src/errors.js";
import { decodeEventCursor, decodeListCursor, encodeEventCursor, encodeListCursor } from "../../src/services/cursor.js";
import { makeJob } from "../support/make-job.js";

const job = makeJob({ lastSequence: 5 });

function raw(parts: unknown): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

it("gives back the place it names, and looks like nothing in particular", () => {
  const cursor = encodeEventCursor(job.id, 3);

  expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(decodeEventCursor(cursor, job)).toBe(3);
  expect(decodeListCursor(encodeListCursor(job))).toEqual({ createdAt: job.createdAt, id: job.id });
});

it.each([
  ["nothing", ""],
  ["nonsense", "!!! not a cursor !!!"],
  ["another job's", encodeEventCursor("another", 3)],
  ["one from the future", encodeEventCursor(job.id, 6)],
  ["a negative one", raw(["event", job.id, -1])],
  ["a broken number", raw(["event", job.id, 1.5])],
  ["a text for a number", raw(["event", job.id, "3"])],
  ["a list cursor", encodeListCursor(job)],
  ["JSON that is no list", raw({ event: 1 })],
  ["null", raw(null)],
])("refuses %s as a progress cursor, and says what to do", (_name, cursor) => {
  expect(() => decodeEventCursor(cursor, job)).toThrow(BadUserInputError);
  expect(() => decodeEventCursor(cursor, job)).toThrow(/leave it out to start with a snapshot/);
});
