// @ts-check
import { loadavg } from "node:os";

/** Nanoseconds of a clock that all processes of this machine share. */
export function nowNanoseconds() {
  return process.hrtime.bigint();
}

/** @param {string | bigint} since a reading of nowNanoseconds() */
export function millisecondsSince(since) {
  return Number(nowNanoseconds() - BigInt(since)) / 1e6;
}

/**
 * @param {number[]} values
 * @param {number} share 0.5 is the median
 */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** @param {number} value */
export function rounded(value) {
  return value.toLocaleString("en", { maximumSignificantDigits: 3, useGrouping: true });
}

/** "p50 / p99" @param {number[]} values */
export function spread(values) {
  return `${rounded(percentile(values, 0.5))} / ${rounded(percentile(values, 0.99))}`;
}

/** Prints rows as a Markdown table, with the machine's load. @param {Record<string, string>[]} rows */
export function printTable(rows) {
  const names = Object.keys(rows[0] ?? {});
  const line = (/** @type {string[]} */ cells) => console.log(`| ${cells.join(" | ")} |`);
  line(names);
  line(names.map(() => "---"));
  for (const row of rows) line(names.map((name) => row[name] ?? ""));
  console.log(`\nLoad of the last minute: ${rounded(loadavg()[0] ?? 0)}\n`);
}
