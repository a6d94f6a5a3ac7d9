/** The part of a file that is sent; both ends included. */
export interface ByteRange {
  start: number;
  end: number;
}

const SINGLE_RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/;

/**
 * Reads a Range header (RFC 9110, section 14). Several ranges, other units and malformed headers mean the whole file,
 * as the RFC allows; "unsatisfiable" is a range that starts beyond the end.
 */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteRange | "whole" | "unsatisfiable" {
  const [matched, first, last] = header === undefined ? [] : (SINGLE_RANGE.exec(header.trim()) ?? []);
  if (matched === undefined || first === undefined || last === undefined || (first === "" && last === ""))
    return "whole";
  if (first === "") {
    const count = Math.min(Number(last), sizeBytes);
    return count === 0 ? "unsatisfiable" : { start: sizeBytes - count, end: sizeBytes - 1 };
  }
  const start = Number(first);
  const end = last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (last !== "" && Number(last) < start) return "whole";
  return start >= sizeBytes ? "unsatisfiable" : { start, end };
}
