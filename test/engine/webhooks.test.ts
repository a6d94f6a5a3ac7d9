import { expect, it } from "vitest";
import { json, redirect, type ScriptedUpstream, silence, startScriptedUpstream } from "../support/scripted-upstream.js";
import { type ControlledEngine, ENDPOINT, startControlledEngine, startEngine } from "./engine-testkit.js";
import { readJwks, verifyingKeys, type WebhookBody } from "./webhook-testkit.js";

const ACK = json(200, {});

async function start(
  ...faults: Record<string, unknown>[]
): Promise<{ engine: ControlledEngine; hook: ScriptedUpstream }> {
  const engine = await startControlledEngine({ webhookRetryDelayMs: 1 });
  await engine.set({ fault: "scripted-model" }, ...faults);
  const hook = await startScriptedUpstream();
  hook.on("POST /hook", ACK);
  return { engine, hook };
}

async function submitTo(engine: ControlledEngine, url: string, input: unknown = {}): Promise<string> {
  const response = await engine.post(`/${ENDPOINT}?fal_webhook=${encodeURIComponent(url)}`, input);
  expect(response.status).toBe(200);
  return ((await response.json()) as { request_id: string }).request_id;
}

function bodyOf({ body }: { body: string }): WebhookBody {
  return JSON.parse(body) as WebhookBody;
}

it("calls again until it is acknowledged, stamped and signed anew", async () => {
  const { engine, hook } = await start();
  hook.on("POST /hook", json(503, {}), json(404, {}), ACK);
  const id = await submitTo(engine, `${hook.url}/hook`);
  const calls = [await hook.arrivals.next(), await hook.arrivals.next(), await hook.arrivals.next()];
  const keys = await readJwks(engine.url);
  for (const call of calls) expect(verifyingKeys(call, keys)).toEqual([true, false]);
  expect(new Set(calls.map(({ body }) => body)).size).toBe(1);
  await expect.poll(async () => (await engine.seen()).webhooks.length).toBe(3);
  expect((await engine.seen()).webhooks.map(({ statusCode }) => statusCode)).toEqual([503, 404, 200]);
  expect((await engine.seen()).webhooks.every(({ requestId }) => requestId === id)).toBe(true);
});

it("follows no redirect and does not try again", async () => {
  const { engine, hook } = await start();
  hook.on("POST /hook", redirect(`${hook.url}/other`));
  await submitTo(engine, `${hook.url}/hook`);
  await expect.poll(async () => (await engine.seen()).webhooks).toMatchObject([{ statusCode: 302 }]);
  await submitTo(engine, `${hook.url}/last`);
  await hook.arrivals.next();
  await hook.arrivals.next();
  expect(hook.requests.map(({ route }) => route)).toEqual(["POST /hook", "POST /last"]);
});

it.each([["http://10.0.0.1/"], ["http://192.168.1.1/"], ["http://169.254.169.254/"], ["ftp://a/"], ["x"], [""]])(
  "takes %j for a webhook and never calls it",
  async (url) => {
    const { engine, hook } = await start();
    await engine.completed(await submitTo(engine, url));
    await engine.completed(await submitTo(engine, `${hook.url}/hook`));
    await hook.arrivals.next();
    await expect.poll(async () => (await engine.seen()).webhooks.length).toBe(1);
  },
);

it("calls no loopback address where that is switched off", async () => {
  const engine = await startControlledEngine({ webhooksToLoopback: false });
  await engine.set({ fault: "scripted-model" });
  const hook = await startScriptedUpstream();
  for (const url of [hook.url, hook.url.replace("127.0.0.1", "localhost"), hook.url.replace("127.0.0.1", "[::1]")]) {
    await engine.completed(await submitTo(engine, url));
  }
  await engine.close();
  expect(hook.requests).toEqual([]);
});

it("delivers after a restart what was not acknowledged before, and no other", async () => {
  const { engine, hook } = await start();
  hook.on("POST /held", silence());
  const done = await submitTo(engine, `${hook.url}/hook`);
  await hook.arrivals.next();
  await expect.poll(async () => (await engine.seen()).webhooks.length).toBe(1);
  const open = await submitTo(engine, `${hook.url}/held`);
  await hook.arrivals.next();
  await engine.close();
  hook.on("POST /held", ACK);
  const again = await startEngine({ dataDir: engine.dataDir });
  const call = await hook.arrivals.next();
  expect(bodyOf(call).request_id).toBe(open);
  expect(verifyingKeys(call, await readJwks(again.url))).toEqual([true, false]);
  expect(hook.requests.filter(({ body }) => body.includes(done))).toHaveLength(1);
});

it.each([
  [{ fault: "webhook-wrong-signature" }, [false, false]],
  [{ fault: "webhook-old-key" }, [false, true]],
])("is signed as %j has it", async (fault, expected) => {
  const { engine, hook } = await start(fault);
  await submitTo(engine, `${hook.url}/hook`);
  expect(verifyingKeys(await hook.arrivals.next(), await readJwks(engine.url))).toEqual(expected);
});

it("comes stale, without its payload, under the gateway's id and several times", async () => {
  const { engine, hook } = await start(
    { fault: "requeued" },
    { fault: "webhook-stale", ageSeconds: 900 },
    { fault: "webhook-without-payload" },
    { fault: "webhook-gateway-id" },
    { fault: "webhook-duplicated", copies: 3 },
  );
  const id = await submitTo(engine, `${hook.url}/hook`);
  const keys = await readJwks(engine.url);
  for (let copy = 0; copy < 3; copy++) {
    const call = await hook.arrivals.next();
    const body = bodyOf(call);
    expect(verifyingKeys(call, keys)).toEqual([true, false]);
    expect(body).toMatchObject({ request_id: id, status: "OK", payload: null, payload_error: expect.any(String) });
    expect(body.gateway_request_id).not.toBe(id);
    expect(call.headers["x-fal-webhook-request-id"]).toBe(body.gateway_request_id);
    const age = Date.now() / 1000 - Number(call.headers["x-fal-webhook-timestamp"]);
    expect(age).toBeGreaterThan(895);
  }
});

it("comes before the answer to the submit", async () => {
  const { engine, hook } = await start({ fault: "webhook-early" });
  const id = await submitTo(engine, `${hook.url}/hook`);
  expect(hook.requests.map(bodyOf)).toMatchObject([{ request_id: id }]);
});

it("comes late, or never", async () => {
  const { engine, hook } = await start(
    { fault: "webhook-late", delayMs: 200 },
    { fault: "webhook-missing", match: { inputContains: "never" } },
  );
  const startedAt = performance.now();
  await engine.completed(await submitTo(engine, `${hook.url}/hook`, { prompt: "never" }));
  const late = await submitTo(engine, `${hook.url}/hook`);
  expect(bodyOf(await hook.arrivals.next()).request_id).toBe(late);
  expect(performance.now() - startedAt).toBeGreaterThan(190);
  expect(hook.requests).toHaveLength(1);
});

it("keeps the first timestamp at a repeat, where that is wanted", async () => {
  const { engine, hook } = await start({ fault: "webhook-keeps-stamp" });
  hook.on("POST /hook", json(500, {}), ACK);
  await submitTo(engine, `${hook.url}/hook`);
  const [first, second] = [await hook.arrivals.next(), await hook.arrivals.next()];
  expect(second.headers["x-fal-webhook-signature"]).toBe(first.headers["x-fal-webhook-signature"]);
});

it("has the shape of the output that a fault gives the result", async () => {
  const { engine, hook } = await start({ fault: "bare-audio" });
  await submitTo(engine, `${hook.url}/hook`);
  expect(bodyOf(await hook.arrivals.next()).payload).toMatchObject({ audio: expect.stringContaining("/files/") });
});
