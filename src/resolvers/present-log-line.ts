import type { RequestLog } from "../schema/request-log.js";
import type { LogLine } from "../services/job.js";

export function presentLogLine(line: LogLine): RequestLog {
  return {
    sequence: line.sequence,
    message: line.message,
    level: line.level,
    source: line.source,
    timestamp: new Date(line.timestamp),
  };
}
