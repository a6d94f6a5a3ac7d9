import { expect, it } from "vitest";
import { Sweep } from "../../src/services/sweep.js";
import { EventQueue } from "../support/event-queue.js";
import { guardedLogger } from "../support/log-guard.js";

interface Run {
  end(): void;
  fail(): void;
}

/** A sweep whose runs the test ends one by one. */
function openSweep(everyMs: number) {
  const runs = new EventQueue<Run>();
  const tally = { begun: 0 };
  const work = () =>
    new Promise<void>((resolve, reject) => {
      tally.begun += 1;
      runs.push({ end: resolve, fail: () => reject(new Error("no luck")) });
    });
  return { runs, tally, sweep: new Sweep(work, { everyMs, logger: guardedLogger, failure: "a run failed" }) };
}

it("runs once more for all wake-ups that came in the middle of a run, and never twice at once", async () => {
  const { sweep, runs, tally } = openSweep(60_000);
  sweep.start();
  const first = await runs.next();
  for (let call = 0; call < 5; call++) sweep.wake();
  expect(tally.begun).toBe(1);

  first.end();
  const second = await runs.next();
  second.end();
  await sweep.close();

  expect(tally.begun).toBe(2);
});

it("runs every so often, also after a run that failed", async () => {
  const { sweep, runs } = openSweep(5);
  sweep.start();
  (await runs.next()).fail();
  (await runs.next()).end();
  const last = await runs.next();
  const closing = sweep.close();
  last.end();
  await closing;
});

it("does nothing before its start or after its close, which waits for the run that is under way", async () => {
  const { sweep, runs, tally } = openSweep(60_000);
  sweep.wake();
  expect(tally.begun).toBe(0);
  sweep.start();
  const run = await runs.next();
  sweep.wake();

  let closed = false;
  const closing = sweep.close().then(() => {
    closed = true;
  });
  expect([sweep.signal.aborted, closed]).toEqual([true, false]);
  run.end();
  await closing;
  sweep.wake();

  expect(tally.begun).toBe(1);
});
