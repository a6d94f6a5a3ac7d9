import fc from "fast-check";
import { type DocumentNode, print } from "graphql";
import * as documents from "../../src/operations/documents.js";

/** The operations that real clients send. */
export const OPERATIONS: readonly string[] = Object.entries(documents)
  .filter((entry): entry is [string, DocumentNode] => entry[0].endsWith("Document"))
  .map(([, document]) => print(document));

const WORDS = [
  ...'{}()[]:!$@=|&"#'.split(""),
  ..."query mutation subscription fragment on null true false @include @skip @deprecated ... __schema __type __typename".split(
    " ",
  ),
  ..."inpaintJobs inpaintJob inpaintProgress inpaintAudio node service first last after jobId id if logs edges nodes input".split(
    " ",
  ),
  ...'Query InpaintJob JobStatus FAILED $a $b -1 0 1.5e999 99999999999999999999 "" "x" """ \\u{110000} \\uD800 \u0000 \uFEFF é'.split(
    " ",
  ),
];

/** Any JSON value, at times a huge or odd one. */
export const anyJson = fc.oneof(
  { weight: 4, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      -0,
      1e308,
      2 ** 53,
      -(2 ** 31),
      "9".repeat(400),
      "\u0000",
      "\uD800",
      "2026-02-30T00:00:00Z",
      [[]],
      { __proto__: null },
    ),
  },
);

/** A text with pieces taken out, put in, doubled or swapped for words that mean something. */
export function damaged(texts: readonly string[]): fc.Arbitrary<string> {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(20),
    put: fc.oneof(fc.constantFrom("", ...WORDS), fc.string({ unit: "binary", maxLength: 5 })),
    times: fc.nat(3),
  });
  return fc.tuple(fc.constantFrom(...texts), fc.array(damage, { minLength: 1, maxLength: 4 })).map(([text, damages]) =>
    damages.reduce((current, { at, length, put, times }) => {
      const start = Math.floor(at * current.length);
      return current.slice(0, start) + put.repeat(times) + current.slice(start + length);
    }, text),
  );
}

/** Documents: nonsense, soup of the language's own words, and real ones that were damaged. */
export const anyDocument = fc.oneof(
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(...WORDS), { maxLength: 60 }).map((words) => words.join(" ")) },
  { weight: 4, arbitrary: damaged(OPERATIONS) },
  { weight: 1, arbitrary: fc.constantFrom(...OPERATIONS) },
);
