import { BadUserInputError } from "../errors.js";
import type { Job } from "./job.js";
import type { ListPosition } from "./store/job-history.js";

/** Cursors are opaque to clients. One names a place in a job's events, the other a place in the history. */

export function encodeEventCursor(jobId: string, sequence: number): string {
  return encode(["event", jobId, sequence]);
}

/** Throws BadUserInputError for anything that is not a cursor of this very job, up to its newest event. */
export function decodeEventCursor(cursor: string, job: Job): number {
  const [kind, jobId, sequence] = decode(cursor);
  if (kind !== "event" || jobId !== job.id || !isSequence(sequence) || sequence > job.lastSequence) {
    throw new BadUserInputError(
      "The cursor in `after` is not one of this job. Pass a cursor that this job's updates gave, or leave it out to start with a snapshot.",
    );
  }
  return sequence;
}

export function encodeListCursor(job: Job): string {
  return encode(["list", job.createdAt, job.id]);
}

export function decodeListCursor(cursor: string): ListPosition {
  const [kind, createdAt, id] = decode(cursor);
  if (kind !== "list" || !isSequence(createdAt) || typeof id !== "string") {
    throw new BadUserInputError(
      "The cursor is not one of inpaintJobs. Pass an edge's cursor, or pageInfo's startCursor or endCursor.",
    );
  }
  return { createdAt, id };
}

function encode(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

function decode(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function isSequence(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
