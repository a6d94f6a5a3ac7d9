import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, onTestFinished, vi } from "vitest";
import { freePort } from "../../support/free-port.js";
import { type ServerProcess, startProcess } from "../../support/start-process.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { connectTo, type TestClient } from "../../support/test-client.js";

/** The compiled product with its pages, whose engine can be told what to do. */
export interface TestStudio extends TestClient {
  /** Has the engine play a failure, or a script in the model's place. */
  play(fault: object): Promise<void>;
  /** Takes all faults back. */
  behave(): Promise<void>;
  /** The next job's model writes a line, is half done, and waits until what this resolves to is called. */
  hold(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
  /** Starts again at the same address with the same data. */
  start(): Promise<void>;
}

/** One for all tests of a file: each leaves it running, without faults that wait. */
export function useStudio(environment: Record<string, string> = {}): () => TestStudio {
  let studio: TestStudio;
  const cleaning: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    studio = await startStudio(environment, (clean) => cleaning.unshift(clean));
  });
  afterAll(async () => {
    for (const clean of cleaning) await clean();
  });
  return () => studio;
}

/** One for a single test. */
export async function startStudio(
  environment: Record<string, string> = {},
  atEnd: (clean: () => Promise<void>) => void = onTestFinished,
): Promise<TestStudio> {
  const PORT = environment.PORT ?? String(await freePort());
  const DATA_DIR = await temporaryFolder(atEnd);
  let server: ServerProcess;
  let engineUrl = environment.ENGINE_URL ?? "";
  const start = async () => {
    server = startProcess({ ENGINE_CONTROL: "1", ...environment, PORT, DATA_DIR }, undefined, atEnd);
    await server.started;
    if (environment.ENGINE_URL !== undefined) return;
    await vi.waitFor(() => expect(server.stderr.join("\n")).toContain("fault switches answer"), { timeout: 10_000 });
    const entries = server.stderr.map((line) => JSON.parse(line) as { engineUrl?: string });
    engineUrl = entries.find((entry) => entry.engineUrl !== undefined)?.engineUrl ?? "";
  };
  await start();
  const control = async (method: string, path: string, body?: object) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${engineUrl}/control/${path}`, {
      method,
      ...(body && { headers, body: JSON.stringify(body) }),
    });
    expect(answer.status, await answer.text()).toBe(200);
  };
  return {
    ...connectTo(`http://127.0.0.1:${PORT}`),
    play: (fault) => control("POST", "faults", fault),
    behave: () => control("DELETE", "faults"),
    hold: async () => {
      const name = randomUUID();
      await control("POST", "faults", {
        fault: "scripted-model",
        match: "next",
        steps: [
          { log: "first line" },
          { progress: 0.5 },
          { log: "half way" },
          { hold: name },
          { log: "last line" },
          { progress: 1 },
        ],
      });
      return () => control("POST", "release", { name });
    },
    stop: async () => {
      server.kill("SIGTERM");
      await server.ended;
    },
    start,
  };
}
