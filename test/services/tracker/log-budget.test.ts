import { expect, test } from "vitest";
import type { UpstreamLogLine } from "../../../src/services/fal/decode.js";
import { LogBudget } from "../../../src/services/tracker/log-budget.js";

const line = (message: string): UpstreamLogLine => ({
  rawTimestamp: "t",
  timestamp: 1,
  message,
  level: "INFO",
  source: "USER",
});
const messages = (lines: readonly UpstreamLogLine[]) => lines.map(({ message }) => message);

test("keeps what fits, and says once that there was more", () => {
  const budget = new LogBudget([], { maxLogLines: 4, maxLogBytes: 1_000 });

  expect(messages(budget.admit([line("a"), line("b")]))).toEqual(["a", "b"]);
  const rest = budget.admit([line("c"), line("d"), line("e")]);

  expect(messages(rest)).toEqual(["c", "Only the first 3 log lines are kept."]);
  expect(rest[1]).toMatchObject({ level: "WARN", source: null, timestamp: 1 });
  expect(budget.isSpent).toBe(true);
  expect(budget.admit([line("f")])).toEqual([]);
});

test("counts bytes, not characters, and keeps nothing after a line that was too large", () => {
  const budget = new LogBudget([], { maxLogLines: 100, maxLogBytes: 10 });

  expect(messages(budget.admit([line("éé"), line("éé")]))).toEqual(["éé", "éé"]);
  expect(messages(budget.admit([line("éé"), line("x")]))).toEqual(["Only the first 2 log lines are kept."]);
});

test("knows an ended log again after a restart", () => {
  const limits = { maxLogLines: 100, maxLogBytes: 3 };
  const stored = [line("a"), ...new LogBudget([line("a")], limits).admit([line("too large")])];

  const after = new LogBudget(stored, { maxLogLines: 100, maxLogBytes: 1_000 });

  expect(after.isSpent).toBe(true);
  expect(after.admit([line("b")])).toEqual([]);
});

test("goes on counting after a restart", () => {
  const budget = new LogBudget([line("a"), line("b")], { maxLogLines: 4, maxLogBytes: 1_000 });

  expect(messages(budget.admit([line("c"), line("d")]))).toEqual(["c", "Only the first 3 log lines are kept."]);
});
