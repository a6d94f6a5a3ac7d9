import { expect } from "vitest";
import { freePort } from "../../support/free-port.js";
import { type ServerProcess, startProcess } from "../../support/start-process.js";
import { connectTo, type TestClient } from "../../support/start-test-app.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

/** The compiled product with its pages, whose engine can be told what to do. */
export interface TestStudio extends TestClient {
  /** Has the engine play a failure, or a script in the model's place. */
  play(fault: object): Promise<void>;
  release(name: string): Promise<void>;
  stop(): Promise<void>;
  /** Starts again at the same address with the same data. */
  start(): Promise<void>;
}

export async function startStudio(environment: Record<string, string> = {}): Promise<TestStudio> {
  const PORT = environment.PORT ?? String(await freePort());
  const DATA_DIR = await temporaryFolder();
  let server: ServerProcess;
  let engineUrl = "";
  const start = async () => {
    server = startProcess({ PORT, DATA_DIR, ENGINE_CONTROL: "1", ...environment });
    await server.started;
    await expect.poll(() => server.stderr.join("\n")).toContain("fault switches answer");
    const entries = server.stderr.map((line) => JSON.parse(line) as { engineUrl?: string });
    engineUrl = entries.find((entry) => entry.engineUrl !== undefined)?.engineUrl ?? "";
  };
  await start();
  const control = async (path: string, body: object) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${engineUrl}/control/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    expect(answer.status, await answer.text()).toBe(200);
  };
  return {
    ...connectTo(`http://127.0.0.1:${PORT}`),
    play: (fault) => control("faults", fault),
    release: (name) => control("release", { name }),
    stop: async () => {
      server.kill("SIGTERM");
      await server.ended;
    },
    start,
  };
}

/** A model that writes a line, is half done, and waits until it is released. */
export const HELD = {
  fault: "scripted-model",
  match: "next",
  steps: [
    { log: "first line" },
    { progress: 0.5 },
    { log: "half way" },
    { hold: "a" },
    { log: "last line" },
    { progress: 1 },
  ],
};
