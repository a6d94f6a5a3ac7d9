import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { Backoff } from "../../../src/services/tracker/backoff.js";

test("waits grow to the longest and start over after a reset", async () => {
  const backoff = new Backoff(4, 64);
  const { signal } = new AbortController();
  const measure = async () => {
    const from = performance.now();
    await backoff.wait(signal);
    return performance.now() - from;
  };

  const waits: number[] = [];
  for (let index = 0; index < 6; index++) waits.push(await measure());
  backoff.reset();
  const fresh = await measure();

  // Each lies between half and all of 4, 8, 16, 32, 64, 64; timers may be late but not early.
  for (const [index, atLeast] of [2, 4, 8, 16, 32, 32].entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(atLeast - 1.5);
  }
  expect(fresh).toBeLessThan(30);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("an abort ends the wait", async () => {
  const controller = new AbortController();
  const waiting = new Backoff(60_000, 60_000).wait(controller.signal);

  controller.abort();

  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
});
