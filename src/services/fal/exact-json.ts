import { parse as parseLossless } from "lossless-json";

/**
 * An integer that keeps every digit through a JSON.stringify that is not ours: it leaves a marker which
 * `exactIntegersOut` turns into the bare number.
 */
export class ExactInteger {
  constructor(private readonly value: bigint) {}

  toJSON(): { exactInteger: string } {
    return { exactInteger: this.value.toString() };
  }
}

/** Inside a JSON string every quote is escaped, so no text of a user can look like the marker. */
const MARKER = /\{"exactInteger":"(-?\d+)"\}/g;

export function exactIntegersOut(json: string): string {
  return json.replace(MARKER, "$1");
}

/** What is longer is nobody's seed, and thousands of digits take long to read. */
const MAX_DIGITS = 40;

/** JSON.parse, but integers beyond 2^53, of up to 40 digits, become BigInt instead of losing some. Throws SyntaxError. */
export function parseExact(json: string): unknown {
  // Only a run of 16 digits can be such an integer; everything else takes the fast way.
  if (!/\d{16}/.test(json)) return JSON.parse(json);
  return parseLossless(json, null, {
    parseNumber: (text) => {
      const number = Number(text);
      const staysNumber = Number.isSafeInteger(number) || text.length > MAX_DIGITS || !/^-?\d+$/.test(text);
      return staysNumber ? number : BigInt(text);
    },
    onDuplicateKey: ({ newValue }) => newValue,
  });
}

/** Null where the text is no JSON. */
export type TryParse = (json: string) => { readonly value: unknown } | null;

export const tryParseExact: TryParse = orNull(parseExact);

/** As JSON.parse does: large integers lose digits. */
export const tryParse: TryParse = orNull(JSON.parse);

function orNull(parse: (json: string) => unknown): TryParse {
  return (json) => {
    try {
      return { value: parse(json) };
    } catch {
      return null;
    }
  };
}
