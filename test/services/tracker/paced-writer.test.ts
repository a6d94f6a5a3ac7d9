import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { PacedWriter } from "../../../src/services/tracker/paced-writer.js";

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
});

function start(write: (position: number | null) => Promise<void> = async () => {}) {
  const written: (number | null)[] = [];
  const writer = new PacedWriter<number | null>(1_000, async (position) => {
    await write(position);
    written.push(position);
  });
  return { writer, written };
}

test("the first value is written at once, then the newest of each second", async () => {
  const { writer, written } = start();

  for (const position of [9, 8, 7]) writer.tell(position);
  await vi.advanceTimersByTimeAsync(0);
  expect(written).toEqual([9]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written).toEqual([9, 7]);
  writer.tell(6);
  await vi.advanceTimersByTimeAsync(999);
  expect(written).toEqual([9, 7]);
  await vi.advanceTimersByTimeAsync(1);
  expect(written).toEqual([9, 7, 6]);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(vi.getTimerCount()).toBe(0);
});

test("the same value is not written again, an unknown one is written as such", async () => {
  const { writer, written } = start();

  writer.tell(null);
  writer.tell(null);
  await vi.advanceTimersByTimeAsync(2_000);
  writer.tell(0);
  writer.tell(0);
  await vi.advanceTimersByTimeAsync(2_000);
  writer.tell(null);
  await vi.advanceTimersByTimeAsync(2_000);

  expect(written).toEqual([null, 0, null]);
});

test("a failed write is made good", async () => {
  let failing = true;
  const { writer, written } = start(async () => {
    if (failing) throw new Error("disk full");
  });

  writer.tell(4);
  await vi.advanceTimersByTimeAsync(500);
  failing = false;
  await vi.advanceTimersByTimeAsync(500);

  expect(written).toEqual([4]);
});

test("nothing is written after the close, and no timer stays", async () => {
  const { writer, written } = start();

  writer.tell(4);
  writer.tell(3);
  writer.close();
  writer.tell(2);
  await vi.advanceTimersByTimeAsync(5_000);

  expect(written).toEqual([4]);
  expect(vi.getTimerCount()).toBe(0);
});

test("what is forgotten is never written, and the next value is written at once", async () => {
  const { writer, written } = start();

  writer.tell(4);
  writer.tell(3);
  writer.forget();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(written).toEqual([4]);
  writer.tell(4);
  await vi.advanceTimersByTimeAsync(0);

  expect(written).toEqual([4, 4]);
});
