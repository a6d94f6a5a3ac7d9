import { type DestinationStream, type Logger, pino } from "pino";
import pretty from "pino-pretty";

/**
 * What no log shows, wherever a line has it. Nothing logs these on purpose: this is the last net, under the rule that
 * lines are made of named values that are known to be harmless.
 */
const SECRET_NAMES = [
  "authorization",
  "cookie",
  "falKey",
  "token",
  "secret",
  "password",
  "audioUrl",
  "audio_url",
  "webhookUrl",
  "uploadUrl",
];

const SECRET_PATHS = [
  ...SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  // What upstream answered: bodies repeat inputs, and addresses may be signed.
  "err.body",
  "err.headers",
  "err.cause.body",
  "err.cause.headers",
];

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
  const options = { level, redact: SECRET_PATHS };
  if (destination) return { logger: pino(options, destination), flush: () => {} };
  if (isTerminal) {
    const ignore = "pid,hostname";
    return { logger: pino(options, pretty({ destination: 2, sync: true, ignore })), flush: () => {} };
  }
  // Held back for a moment, so that a line costs no system call of its own; pino writes the rest when the process exits.
  const stderr = pino.destination({ dest: 2, sync: false, minLength: 4_096, periodicFlush: 100 });
  return { logger: pino(options, stderr), flush: () => stderr.flushSync() };
}
