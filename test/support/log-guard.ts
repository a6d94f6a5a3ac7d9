import { pino } from "pino";
import { expect } from "vitest";

/**
 * Everything that servers log in any test passes here, whether they run in this process or as one of their own, and is
 * searched for what must never be logged, when `log-guard-hooks.ts` says.
 */
let logged: string[] = [];
/** What was found in lines that are not kept any more. */
let found: string[] = [];
const secrets = new Set<string>();

/** More are searched at once and let go: tests that look at the heap run ten thousand operations. */
const MAX_LINES_KEPT = 5_000;

const NEVER: readonly [string, RegExp][] = [
  ["an Authorization header", /\b(?:Key|Bearer)\s+[\w-]+[:.][\w-]/],
  ["a signed URL", /[?&](?:signature|sig|token|proof|fal_jwt_token|x-amz-signature|x-goog-signature)=[^\s"&…]/i],
  ["the content of a data: URI", /\bdata:[\w+./-]*;base64,[\w+/]{16}/],
];

export function guardLog(text: string): void {
  logged.push(text);
  if (logged.length >= MAX_LINES_KEPT) searchLines();
}

/** A value that no log may hold from now on, as long as this test file runs. */
export function keepSecret(value: string): void {
  secrets.add(value);
}

/** The next test file has secrets of its own, and may log what is one elsewhere. */
export function forgetSecrets(): void {
  secrets.clear();
}

/** fal's keys are made of two parts. */
export function keepKeySecret(key: string | undefined): void {
  if (key === undefined) return;
  keepSecret(key.trim());
  const secret = key.trim().split(":")[1];
  if (secret !== undefined && secret.length > 4) keepSecret(secret);
}

/** Where servers log to. */
export const guardedStream = { write: guardLog };

/** For services without a server around them: logs everything, to nowhere but here. */
export const guardedLogger = pino({ level: "trace" }, guardedStream);

export function findLeaks(text: string, known: Iterable<string> = secrets): string[] {
  const around = (at: number) => text.slice(Math.max(0, at - 120), at + 60);
  const patterns = NEVER.flatMap(([name, pattern]) => {
    const at = text.search(pattern);
    return at < 0 ? [] : [`${name}: ${around(at)}`];
  });
  const values = [...known].flatMap((value) => {
    const at = text.indexOf(value);
    return at < 0 ? [] : [`a secret: ${around(at)}`];
  });
  return [...patterns, ...values];
}

function searchLines(): void {
  found.push(...findLeaks(logged.join("")));
  logged = [];
}

/** Nothing that was logged since the last call may have held one. */
export function expectNoLeak(): void {
  searchLines();
  const leaks = found;
  found = [];
  expect(leaks).toEqual([]);
}
