import { performance } from "node:perf_hooks";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";

/** Waits for parts of a millisecond too, and lets traffic through meanwhile: a commit takes less than one. */
export async function waitExactly(milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) await nextTurn();
}

/** Rejects with the words of `explain` when `work` takes longer. */
export async function within<Result>(
  milliseconds: number,
  work: Promise<Result>,
  explain: () => string | Promise<string>,
): Promise<Result> {
  const timer = new AbortController();
  const late = delay(milliseconds, undefined, { signal: timer.signal }).then(async () => {
    throw new Error(`${await explain()} (after ${milliseconds} ms)`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => {});
  }
}

/** Asks again and again until the answer is yes. */
export async function until(
  milliseconds: number,
  isTrue: () => boolean | Promise<boolean>,
  explain: () => string,
): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`${explain()} (after ${milliseconds} ms)`);
    await delay(20);
  }
}
