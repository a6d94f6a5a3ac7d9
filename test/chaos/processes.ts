import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { guardLog } from "../support/log-guard.js";
import { within } from "./timing.js";

/** Ten may start at once, on two cores that are busy with other tests. */
const START_DEADLINE_MS = 60_000;
const KEPT_OUTPUT = 20_000;

/** One program of the project as a process of its own, which may be killed and started again. */
export class Program {
  /** Where it serves; null while it does not. */
  url: string | null = null;
  /** Exits that nobody asked for: each is a fault. */
  readonly crashes: string[] = [];
  private child: ChildProcess | null = null;
  private ready: Promise<string> = Promise.reject(new Error("not started"));
  private output = "";
  private starts = 0;

  /** @param serving what it prints once it serves: the first group is its URL. */
  constructor(
    readonly name: string,
    private readonly entry: string,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly serving: RegExp,
  ) {
    this.ready.catch(() => {});
  }

  get isRunning(): boolean {
    return this.child !== null;
  }

  /** Starts it without waiting for it to serve. */
  launch(): void {
    if (this.child) throw new Error(`${this.name} runs already.`);
    const child = spawn(process.execPath, [this.entry], {
      env: { PATH: process.env.PATH, HOST: "127.0.0.1", PORT: "0", MAX_LOOP_DELAY_MS: "0", ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    this.starts += 1;
    const start = this.starts;
    this.ready = new Promise<string>((resolve, reject) => {
      let printed = "";
      const read = (chunk: Buffer) => {
        this.output = (this.output + chunk).slice(-KEPT_OUTPUT);
        printed += chunk;
        const url = this.serving.exec(printed)?.[1];
        if (url === undefined) return;
        printed = "";
        if (start === this.starts && this.child === child) this.url = url;
        resolve(url);
      };
      for (const output of [child.stdout, child.stderr]) output.on("data", (chunk: Buffer) => guardLog(String(chunk)));
      child.stdout.on("data", read);
      child.stderr.on("data", (chunk: Buffer) => {
        this.output = (this.output + chunk).slice(-KEPT_OUTPUT);
      });
      child.once("exit", (code, signal) => {
        if (this.child === child) {
          this.crashes.push(`${this.name} ended by itself (${code ?? signal}): ${this.output.slice(-2_000)}`);
          this.forget();
        }
        reject(new Error(`${this.name} ended before it served (${code ?? signal}): ${this.output.slice(-2_000)}`));
      });
    });
    this.ready.catch(() => {});
  }

  /** Resolves to its URL once it serves. */
  async start(): Promise<string> {
    if (!this.child) this.launch();
    return within(START_DEADLINE_MS, this.ready, () => `${this.name} does not serve: ${this.tail()}`);
  }

  /** Ends it between two instructions. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Ends it as an operator does. */
  async stop(): Promise<void> {
    await this.end("SIGTERM");
  }

  freeze(): void {
    this.child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.child?.kill("SIGCONT");
  }

  /** The newest of what it printed. */
  tail(): string {
    return this.output.slice(-3_000);
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.forget();
    const exited = once(child, "exit");
    child.kill(signal);
    await within(START_DEADLINE_MS, exited, () => `${this.name} does not end on ${signal}`);
  }

  private forget(): void {
    this.child = null;
    this.url = null;
  }
}

export function engineProgram(dataDir: string, publicUrl: string): Program {
  return new Program(
    "engine",
    "dist/engine/main.js",
    { DATA_DIR: dataDir, PUBLIC_URL: publicUrl },
    /^Punchin engine at (\S+), data/m,
  );
}

export function serverProgram(name: string, environment: Readonly<Record<string, string>>): Program {
  return new Program(
    name,
    "dist/main.js",
    { LOG_LEVEL: process.env.CHAOS_LOG_LEVEL ?? "warn", ...environment },
    /^Punchin serves (\S+)\/graphql/m,
  );
}
