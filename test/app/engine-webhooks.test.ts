import { expect, it, onTestFinished } from "vitest";
import { createEngine } from "../../src/engine/engine.js";
import { freePort } from "../support/free-port.js";
import { startScriptedUpstream } from "../support/scripted-upstream.js";
import { startTestApp } from "../support/start-test-app.js";
import { temporaryFolder } from "../support/temporary-folder.js";

interface Seen {
  readonly total: { readonly submit: number; readonly jwks: number };
  readonly webhooks: readonly { readonly statusCode: number | null }[];
}

/** The product, and an engine of its own that plays fal, with these faults. */
async function startWithEngine(...faults: readonly Record<string, unknown>[]) {
  const engine = createEngine({ dataDir: await temporaryFolder(), control: true });
  onTestFinished(() => engine.close());
  const { url } = await engine.listen({ host: "127.0.0.1", port: 0 });
  const control = (path: string, body?: unknown) =>
    fetch(`${url}/control/${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const model = { fault: "scripted-model", steps: [], outcome: { kind: "audio" } };
  expect((await control("faults", [model, ...faults])).status).toBe(200);
  const PORT = String(await freePort());
  const app = await startTestApp({ ENGINE_URL: url, PORT, PUBLIC_URL: `http://127.0.0.1:${PORT}` });
  const seen = async () => (await (await control("seen")).json()) as Seen;
  return { app, seen };
}

const MUTE = [
  { fault: "silence", at: "stream", times: null },
  { fault: "requeued", afterMs: 0, waitMs: 500 },
];

it.each<[string, number[], Record<string, unknown>[]]>([
  ["as fal sends them", [200], []],
  ["before the submission is answered", [200], [{ fault: "webhook-early" }]],
  ["whose submission gets no answer", [200], [{ fault: "reset", at: "submit", processed: true }]],
  ["twice", [200, 200], [{ fault: "webhook-duplicated" }]],
  ["twice with one stamp", [200, 200], [{ fault: "webhook-duplicated" }, { fault: "webhook-keeps-stamp" }]],
  ["that never come", [], [{ fault: "webhook-missing" }]],
  ["after the job has ended", [200], [{ fault: "webhook-late", delayMs: 500 }]],
  ["signed with the second key", [200], [{ fault: "webhook-old-key" }]],
  ["without a payload", [200], [{ fault: "webhook-without-payload" }]],
  ["named by the gateway's id", [200], [{ fault: "webhook-gateway-id" }]],
  ["signed with a key of nobody's", [401], [{ fault: "webhook-wrong-signature" }]],
  ["ten minutes old", [401], [{ fault: "webhook-stale" }]],
  ["while nothing else tells that anything happened", [200], MUTE],
])("takes the engine's webhooks %s", async (_name, statusCodes, faults) => {
  const { app, seen } = await startWithEngine(...faults);

  const { id } = await app.submit();

  expect((await app.follow(id)).at(-1)?.status).toBe("COMPLETED");
  await expect
    .poll(async () => (await seen()).webhooks.map(({ statusCode }) => statusCode).slice(0, statusCodes.length), {
      timeout: 10_000,
    })
    .toEqual(statusCodes);
  expect((await seen()).total.submit).toBe(1);
  expect((await seen()).total.jwks).toBeLessThanOrEqual(2);
});

it("is called by the embedded engine too", async () => {
  const outside = await startScriptedUpstream();
  const PORT = String(await freePort());
  const app = await startTestApp({ PORT, PUBLIC_URL: outside.url }, { reachedAt: `http://127.0.0.1:${PORT}` });

  const { id } = await app.submit();
  const call = await outside.arrivals.next();

  expect(call.route).toBe("POST /webhooks/fal");
  expect(call.query.get("job")).toBe(id);
  expect((await app.follow(id)).at(-1)?.status).toBe("COMPLETED");
});
