import { BadUserInputError } from "../errors.js";
import type { InpaintJobFilter } from "../schema/inpaint-job-filter.js";
import type { InpaintJobsArguments } from "../schema/operation-arguments.js";
import type { JobFilter, PageRequest } from "../services/services.js";

/** Small enough to answer at once, large enough for any screen. */
const MAX_PAGE_SIZE = 100;
const DEFAULT_PAGE_SIZE = 20;

/** Throws BadUserInputError when `first` and `last` are both given, or out of range. */
export function readPageRequest(given: InpaintJobsArguments): PageRequest {
  const first = given.first ?? null;
  const last = given.last ?? null;
  if (first !== null && last !== null) {
    throw new BadUserInputError("Give `first` or `last`, not both.");
  }
  assertPageSize("first", first);
  assertPageSize("last", last);
  return {
    first: last === null ? (first ?? DEFAULT_PAGE_SIZE) : null,
    after: given.after ?? null,
    last,
    before: given.before ?? null,
    filter: readFilter(given.filter),
  };
}

function assertPageSize(name: string, size: number | null): void {
  if (size !== null && (size < 1 || size > MAX_PAGE_SIZE)) {
    throw new BadUserInputError(`\`${name}\` must be 1 to ${MAX_PAGE_SIZE}, got ${size}.`);
  }
}

function readFilter(filter: InpaintJobFilter | null | undefined): JobFilter {
  return {
    status: filter?.status ?? null,
    requestId: filter?.requestId ?? null,
    createdAfter: filter?.createdAfter?.getTime() ?? null,
    createdBefore: filter?.createdBefore?.getTime() ?? null,
  };
}
