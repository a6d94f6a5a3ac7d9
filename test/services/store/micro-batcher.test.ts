import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { MicroBatcher } from "../../../src/services/store/micro-batcher.js";

/** A writer whose batches end when the test says so. */
function heldWriter() {
  const batches: { items: readonly number[]; finish: () => void; fail: (error: Error) => void }[] = [];
  const write = (items: readonly number[]) =>
    new Promise<readonly number[]>((resolve, reject) => {
      batches.push({ items, finish: () => resolve(items.map((item) => item * 10)), fail: reject });
    });
  return { batches, write };
}

it("writes a lone item without waiting for more", async () => {
  const { batches, write } = heldWriter();
  const batcher = new MicroBatcher(write);

  const first = batcher.add(1);
  await setImmediate();
  batches[0]?.finish();

  expect(await first).toBe(10);
  expect(batches.map(({ items }) => items)).toEqual([[1]]);
});

it("gathers what arrives during a write into the next, in order", async () => {
  const { batches, write } = heldWriter();
  const batcher = new MicroBatcher(write);

  const early = [batcher.add(1), batcher.add(2)];
  await setImmediate();
  const late = [batcher.add(3), batcher.add(4), batcher.add(5)];
  batches[0]?.finish();
  await Promise.all(early);
  await setImmediate();
  batches[1]?.finish();

  expect(await Promise.all([...early, ...late])).toEqual([10, 20, 30, 40, 50]);
  expect(batches.map(({ items }) => items)).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
});

it("splits a flood into batches of the size it was given", async () => {
  const sizes: number[] = [];
  const batcher = new MicroBatcher<number, number>(async (items) => {
    sizes.push(items.length);
    return items;
  }, 4);

  const results = await Promise.all(Array.from({ length: 10 }, (_, index) => batcher.add(index)));

  expect(results).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(sizes).toEqual([4, 4, 2]);
});

it("rejects the items of a failed batch and no others", async () => {
  const { batches, write } = heldWriter();
  const batcher = new MicroBatcher(write);

  const doomed = Promise.allSettled([batcher.add(1), batcher.add(2)]);
  await setImmediate();
  const fine = batcher.add(3);
  batches[0]?.fail(new Error("disk full"));
  const outcomes = await doomed;
  await setImmediate();
  batches[1]?.finish();

  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await fine).toBe(30);
});

it("goes on after a failure when it has fallen idle", async () => {
  let fail = true;
  const batcher = new MicroBatcher<number, number>(async (items) => {
    if (fail) throw new Error("disk full");
    return items;
  });

  await expect(batcher.add(1)).rejects.toThrow("disk full");
  fail = false;

  expect(await batcher.add(2)).toBe(2);
});
