import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { Backoff } from "../../../src/services/tracker/backoff.js";

test("waits grow to the longest, by chance between half and all of it, and start over after a reset", () => {
  const backoff = new Backoff(4, 64);

  for (const longest of [4, 8, 16, 32, 64, 64]) {
    const waitMs = backoff.nextMs();
    expect(waitMs).toBeGreaterThanOrEqual(longest / 2);
    expect(waitMs).toBeLessThanOrEqual(longest);
  }
  backoff.reset();

  expect(backoff.nextMs()).toBeLessThanOrEqual(4);
});

test("a wait lasts as long as it should, and leaves nothing on the signal", async () => {
  const { signal } = new AbortController();
  const from = performance.now();

  await new Backoff(40, 64).wait(signal);

  // Timers may be late but not early.
  expect(performance.now() - from).toBeGreaterThanOrEqual(18.5);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("an abort ends the wait", async () => {
  const controller = new AbortController();
  const waiting = new Backoff(60_000, 60_000).wait(controller.signal);

  controller.abort();

  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
});
