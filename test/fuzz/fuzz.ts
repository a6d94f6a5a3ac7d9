import fc from "fast-check";
import { expect } from "vitest";

const CASES = Number(process.env.FUZZ_CASES ?? 40);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
/** Below so many cases growth says nothing. */
const LONG_RUN = 1_000;
/** What the heap may grow by from a fifth of the cases to the last: 10,000 cases that leak a kilobyte each exceed it. */
const MAX_GROWTH_BYTES = 8e6;

/**
 * Runs a property over FUZZ_CASES cases, the same ones for the same FUZZ_SEED. In the long form the heap must not grow.
 * Cases run one by one; an error that nobody handles fails the run as in every test.
 */
export async function fuzz<Case>(cases: fc.Arbitrary<Case>, check: (value: Case) => Promise<void>): Promise<void> {
  let ran = 0;
  let heapAtFifth = 0;
  const property = fc.asyncProperty(cases, async (value) => {
    await check(value);
    ran += 1;
    if (ran === Math.ceil(CASES / 5)) heapAtFifth = heapAfterCollection();
  });
  // Failures are shrunk for a while: a smaller document says more.
  await fc.assert(property, {
    numRuns: CASES,
    seed: SEED,
    interruptAfterTimeLimit: 1_700_000,
    markInterruptAsFailure: true,
  });
  if (CASES >= LONG_RUN) expect(heapAfterCollection() - heapAtFifth).toBeLessThan(MAX_GROWTH_BYTES);
}

function heapAfterCollection(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
