import { type DestinationStream, type Logger, pino } from "pino";
import pretty from "pino-pretty";
import { describeError, hideSecrets } from "./hide-secrets.js";

export interface LogSettings {
  readonly level: string;
  /** Where lines go: standard error, unless a test listens. */
  readonly destination?: DestinationStream;
  /** Whether a person reads along. */
  readonly isTerminal: boolean;
}

export interface LogOutput {
  readonly logger: Logger;
  /** Writes what is still held back. */
  flush(): void;
}

/** JSON lines, or words and colours in a terminal. */
export function createLogger({ level, destination, isTerminal }: LogSettings): LogOutput {
  const options = {
    level,
    formatters: { log: (line: Record<string, unknown>) => hideSecrets(line) },
    serializers: { err: describeError },
  };
  if (destination) return { logger: pino(options, destination), flush: () => {} };
  if (isTerminal) {
    const ignore = "pid,hostname";
    return { logger: pino(options, pretty({ destination: 2, sync: true, ignore })), flush: () => {} };
  }
  // Held back for a moment, so that a line costs no system call of its own; pino writes the rest when the process exits.
  const stderr = pino.destination({ dest: 2, sync: false, minLength: 4_096, periodicFlush: 100 });
  return { logger: pino(options, stderr), flush: () => stderr.flushSync() };
}
