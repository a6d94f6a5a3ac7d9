import type { LogLevel, QueueRequest } from "./queue-request.js";

/** An honest run logs some twenty lines. */
const MAX_LINES = 200;
const MAX_MESSAGE_CHARACTERS = 2_000;

/** Adds a line to a request's log. A report that only moves the progress repeats its message and is not a new line. */
export function addLog(request: QueueRequest, message: string, level: LogLevel): void {
  const { logs } = request;
  if (logs.length >= MAX_LINES || logs.at(-1)?.message === message) return;
  const isLast = logs.length === MAX_LINES - 1;
  logs.push({
    timestamp: new Date().toISOString(),
    message: isLast ? "More log lines follow that are not kept" : message.slice(0, MAX_MESSAGE_CHARACTERS),
    level: isLast ? "WARN" : level,
    source: "USER",
    labels: {},
  });
}
