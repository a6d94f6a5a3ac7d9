import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { guardLog, keepKeySecret } from "./log-guard.js";

/** The compiled program. */
export const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface ServerProcess {
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** The first line on stdout; rejects when the process ends without one. */
  readonly started: Promise<string>;
  /** The exit code, or the signal that ended it, once all output is there. */
  readonly ended: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * The compiled server as a process of its own, with nothing in its environment but what is given; gone after the test, or
 * when `atEnd` says. Other arguments run another program in its place.
 */
export function startProcess(
  environment: Record<string, string>,
  nodeArguments = [MAIN],
  atEnd: (stop: () => Promise<void>) => void = onTestFinished,
): ServerProcess {
  const child = spawn(process.execPath, nodeArguments, {
    env: { PATH: process.env.PATH ?? "", PORT: "0", MAX_LOOP_DELAY_MS: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout: string[] = [];
  const stderr: string[] = [];
  keepKeySecret(environment.FAL_KEY);
  for (const output of [child.stdout, child.stderr]) output.on("data", (chunk: Buffer) => guardLog(String(chunk)));
  createInterface(child.stderr).on("line", (line) => stderr.push(line));
  const started = new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on("line", (line) => {
      stdout.push(line);
      resolve(line);
    });
    child.once("close", () => reject(new Error(`It ended without a line: ${stderr.join("\n")}`)));
  });
  started.catch(() => {});
  const ended = new Promise<number | string>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal ?? "gone"));
  });
  atEnd(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { stdout, stderr, started, ended, kill: (signal) => void child.kill(signal) };
}
