import { expect, it, onTestFinished } from "vitest";
import { createEngine } from "../../src/engine/engine.js";
import { ServiceDocument } from "../../src/operations/documents.js";
import { acceptAll } from "../services/dispatch-testkit.js";
import { OUTPUT, RESULT, STATUS, SUBMIT } from "../services/fal/fal-testkit.js";
import { freePort } from "../support/free-port.js";
import { json, startScriptedUpstream } from "../support/scripted-upstream.js";
import { startTestApp, type TestApp } from "../support/start-test-app.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/** For what is told by no event. */
const PATIENTLY = { timeout: 10_000 };

async function engineOf(app: TestApp) {
  const { service } = await app.run(ServiceDocument, {});
  const { status } = await fetch(`${app.url}/readyz`);
  return { kind: service.engine, status: service.engineStatus, message: service.engineMessage, ready: status };
}

it("runs jobs on a fal-compatible server, which never sees the key", async () => {
  const upstream = await startScriptedUpstream();
  upstream.on(SUBMIT, acceptAll());
  upstream.on(STATUS, json(200, { status: "COMPLETED", logs: [], metrics: { inference_time: 1.5 } }));
  upstream.on(RESULT, json(200, OUTPUT));
  const app = await startTestApp({ ENGINE_URL: upstream.url, FAL_KEY: "key-id:secret" });

  const { id } = await app.submit();
  const end = (await app.follow(id)).at(-1);

  expect(end?.job).toMatchObject({
    status: "COMPLETED",
    requestId: "r1",
    inferenceTime: 1.5,
    output: { audio: { url: OUTPUT.audio.url } },
  });
  expect(await engineOf(app)).toMatchObject({ kind: "LOCAL", status: "OK", ready: 200 });
  expect(upstream.requests.length).toBeGreaterThan(2);
  for (const { headers, body } of upstream.requests) expect(JSON.stringify([headers, body])).not.toContain("secret");
});

it("keeps jobs while the engine is away, says so, and sends them when it is there", async () => {
  const port = await freePort();
  const app = await startTestApp({ ENGINE_URL: `http://127.0.0.1:${port}` });
  const { id } = await app.submit();
  const watching = app.follow(id);

  await expect
    .poll(() => engineOf(app), PATIENTLY)
    .toMatchObject({ status: "PAUSED", message: expect.stringMatching(/ECONNREFUSED/), ready: 503 });
  const engine = createEngine({ dataDir: await temporaryFolder() });
  onTestFinished(() => engine.close());
  await engine.listen({ host: "127.0.0.1", port });

  expect((await watching).at(-1)?.status).toBe("COMPLETED");
  expect(await engineOf(app)).toMatchObject({ status: "OK", message: null, ready: 200 });
});

it("follows a job to its end though the engine restarts in the middle", async () => {
  const port = await freePort();
  const dataDir = await temporaryFolder();
  const listen = async () => {
    const engine = createEngine({ dataDir });
    onTestFinished(() => engine.close());
    await engine.listen({ host: "127.0.0.1", port });
    return engine;
  };
  const first = await listen();
  const app = await startTestApp({ ENGINE_URL: `http://127.0.0.1:${port}` });
  const { id } = await app.submit();
  const watching = app.follow(id);
  await expect.poll(async () => (await app.find(id)).requestId, PATIENTLY).not.toBeNull();
  await first.close();
  await listen();

  const updates = await watching;

  expect(updates.at(-1)?.status).toBe("COMPLETED");
  const lines = updates.flatMap(({ logs }) => logs.map(({ sequence }) => sequence));
  expect(lines).toEqual(lines.map((_, index) => index + 1));
});
