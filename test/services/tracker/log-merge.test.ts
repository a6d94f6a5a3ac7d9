import { expect, test } from "vitest";
import { decodeLogLines } from "../../../src/services/fal/decode.js";
import { LogMerge } from "../../../src/services/tracker/log-merge.js";

/** Lines from "second:message" texts. */
function lines(...texts: string[]) {
  const logs = texts.map((text) => {
    const [timestamp, message] = text.split(":");
    return { timestamp, message };
  });
  return decodeLogLines(logs);
}

function poll(merge: LogMerge, ...texts: string[]): string[] {
  return merge
    .openWindow()(lines(...texts))
    .map(({ rawTimestamp, message }) => `${rawTimestamp}:${message}`);
}

test("a window that moves gives each line once", () => {
  const merge = new LogMerge([]);

  expect(poll(merge, "1:a", "2:b")).toEqual(["1:a", "2:b"]);
  expect(poll(merge, "1:a", "2:b", "3:c")).toEqual(["3:c"]);
  expect(poll(merge, "3:c", "4:d")).toEqual(["4:d"]);
  expect(poll(merge)).toEqual([]);
  expect(poll(merge, "2:b", "3:c", "4:d", "5:e")).toEqual(["5:e"]);
});

test("equal lines that occur twice are kept twice, and only twice", () => {
  const merge = new LogMerge([]);

  expect(poll(merge, "1:a", "1:a")).toEqual(["1:a", "1:a"]);
  expect(poll(merge, "1:a", "1:a")).toEqual([]);
  expect(poll(merge, "1:a", "1:a", "1:a")).toEqual(["1:a"]);
});

test("a line that came late, before others, is new", () => {
  const merge = new LogMerge([]);

  expect(poll(merge, "1:a", "3:c")).toEqual(["1:a", "3:c"]);
  expect(poll(merge, "1:a", "2:b", "3:c")).toEqual(["2:b"]);
});

test("a stream that repeats earlier lines with each event gives them once", () => {
  const merge = new LogMerge([]);

  expect(poll(merge, "1:a", "1:a")).toEqual(["1:a", "1:a"]);
  expect(poll(merge, "1:a", "2:b")).toEqual(["2:b"]);
  expect(poll(merge, "1:a", "1:a", "2:b", "3:c")).toEqual(["3:c"]);
});

test("equal lines that came one by one are told apart by the window that shows both", () => {
  const merge = new LogMerge([]);

  expect([...poll(merge, "1:a"), ...poll(merge, "1:a")]).toEqual(["1:a"]);
  expect(poll(merge, "1:a", "1:a")).toEqual(["1:a"]);
});

test("stored lines are known; equal messages at other times are other lines", () => {
  const merge = new LogMerge([
    { rawTimestamp: "1", message: "a" },
    { rawTimestamp: "1", message: "a" },
  ]);

  expect(poll(merge, "1:a", "1:a", "2:a")).toEqual(["2:a"]);
});

test("what time and message are together is not confused", () => {
  const merge = new LogMerge([{ rawTimestamp: "", message: "1\na" }]);

  expect(poll(merge, "1:a")).toEqual(["1:a"]);
});

test("a window that is shown in parts is one window all the same", () => {
  const merge = new LogMerge([{ rawTimestamp: "1", message: "a" }]);
  const pickNew = merge.openWindow();

  const fresh = [lines("1:a", "2:b"), lines("1:a", "2:b"), lines("3:c")].map((part) => pickNew(part).length);

  expect(fresh).toEqual([1, 2, 1]);
  expect(poll(merge, "1:a", "1:a", "2:b", "2:b", "3:c")).toEqual([]);
});
