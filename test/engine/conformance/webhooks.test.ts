import { expect, test } from "vitest";
import {
  json,
  type Reply,
  redirect,
  type ScriptedUpstream,
  startScriptedUpstream,
} from "../../support/scripted-upstream.js";
import { type ControlledEngine, ENDPOINT, falClient, scripted, startEngine } from "../engine-testkit.js";
import { readJwks, verifyingKeys, type WebhookBody } from "../webhook-testkit.js";
import { startStandIn } from "./conformance-testkit.js";

type Faults = Record<string, unknown>[];

interface Delivered {
  engine: ControlledEngine;
  id: string;
  hook: ScriptedUpstream;
}

/** One request under these faults, and the webhooks that came of it. */
const deliver = (...faults: Faults): Promise<Delivered> => deliverTo([json(200, {})], ...faults);

/** The same, answered by these replies in turn. */
async function deliverTo(replies: Reply[], ...faults: Faults): Promise<Delivered> {
  const engine = await startStandIn(...faults);
  const hook = await startScriptedUpstream();
  hook.on("POST /hook", ...replies);
  const { request_id: id } = await falClient(engine.url).queue.submit(ENDPOINT, {
    input: scripted("grün", { seed: 7 }),
    webhookUrl: `${hook.url}/hook?job=1`,
  });
  return { engine, id, hook };
}

const failure = (outcome: object) => ({ fault: "outcome", outcome });

test("§7 [doc] a webhook is a POST of JSON to the very URL that was given", async () => {
  const { hook } = await deliver();
  const { route, query, headers } = await hook.arrivals.next();
  expect([route, query.get("job"), headers["content-type"]]).toEqual(["POST /hook", "1", "application/json"]);
});

test("§7 [live] it tells a success with status OK, error null and the output", async () => {
  const { engine, id, hook } = await deliver();
  const { body } = await hook.arrivals.next();
  expect(JSON.parse(body)).toEqual({
    error: null,
    gateway_request_id: id,
    payload: await (await engine.result(id)).json(),
    request_id: id,
    status: "OK",
  });
});

test("§7 [live] its body is written as Python writes JSON: sorted keys, spaced separators", async () => {
  const { id, hook } = await deliver();
  const { body } = await hook.arrivals.next();
  expect(body).toMatch(/^\{"error": null, "gateway_request_id": "[^"]+", "payload": \{"audio": \{"content_type": /);
  expect(body.endsWith(`"seed": 7}, "request_id": "${id}", "status": "OK"}`)).toBe(true);
});

test("§7 [doc] it tells a model's error with status ERROR and the result's body", async () => {
  const detail = [{ loc: ["body", "prompt"], msg: "field required", type: "missing" }];
  const { id, hook } = await deliver(failure({ kind: "model-error", detail }));
  expect(JSON.parse((await hook.arrivals.next()).body)).toEqual({
    error: "Invalid status code: 422",
    gateway_request_id: id,
    payload: { detail },
    request_id: id,
    status: "ERROR",
  });
});

test("§7 [doc] it tells an infrastructure failure the same way", async () => {
  const { hook } = await deliver(
    failure({ kind: "infrastructure-error", statusCode: 503, errorType: "runner_disconnected" }),
  );
  const body = JSON.parse((await hook.arrivals.next()).body) as WebhookBody;
  expect(body).toMatchObject({ error: "Invalid status code: 503", payload: { error_type: "runner_disconnected" } });
});

test("§7 [unverified] it comes for a cancelled request, as an error", async () => {
  const { engine, id, hook } = await deliver({ fault: "never-completes" });
  await engine.until(id, ({ status }) => status === "IN_PROGRESS");
  await engine.cancel(id);
  const body = JSON.parse((await hook.arrivals.next()).body) as WebhookBody;
  expect(body).toMatchObject({ request_id: id, status: "ERROR", error: "Invalid status code: 499" });
});

test("§7 [doc] an output that is no JSON comes as payload null with payload_error", async () => {
  const { hook } = await deliver({ fault: "webhook-without-payload" });
  const body = JSON.parse((await hook.arrivals.next()).body) as WebhookBody;
  expect(body).toMatchObject({ status: "OK", payload: null });
  expect(body.payload_error).toMatch(/^Response payload is not JSON serializable\./);
});

test("§2 [doc] gateway_request_id differs from request_id only after a server-side retry", async () => {
  const { id, hook } = await deliver({ fault: "requeued" });
  const body = JSON.parse((await hook.arrivals.next()).body) as WebhookBody;
  expect(body.request_id).toBe(id);
  expect(body.gateway_request_id).toMatch(/^[0-9a-f-]{36}$/);
  expect(body.gateway_request_id).not.toBe(id);
});

test("§7 [unverified] the request-id header has the request's id after a retry too", async () => {
  const { id, hook } = await deliver({ fault: "requeued" });
  expect((await hook.arrivals.next()).headers["x-fal-webhook-request-id"]).toBe(id);
});

test("§7 [live] the user id may hold a bar, the timestamp is Unix seconds, the signature 64 bytes in hex", async () => {
  const { hook } = await deliver();
  const { headers } = await hook.arrivals.next();
  expect(headers["x-fal-webhook-user-id"]).toMatch(/^[\w-]+\|[\w-]+$/);
  expect(headers["x-fal-webhook-signature"]).toMatch(/^[0-9a-f]{128}$/);
  expect(Math.abs(Date.now() / 1000 - Number(headers["x-fal-webhook-timestamp"]))).toBeLessThan(10);
});

test("§7 [live] the signature verifies over id, user, time and the hash of the raw body", async () => {
  const { engine, hook } = await deliver();
  const call = await hook.arrivals.next();
  const keys = await readJwks(engine.url);
  expect(verifyingKeys(call, keys)).toContain(true);
  expect(verifyingKeys({ ...call, body: `${call.body} ` }, keys)).not.toContain(true);
});

test("§7 [live] the JWKS has two Ed25519 keys with padded x", async () => {
  const engine = await startStandIn();
  const keys = await readJwks(engine.url);
  const key = { kty: "OKP", crv: "Ed25519", use: "sig", kid: expect.any(String), x: expect.stringMatching(/^.{43}=$/) };
  expect(keys).toEqual([key, key]);
});

test("§7 [doc] the keys outlive a restart", async () => {
  const engine = await startStandIn();
  const keys = await readJwks(engine.url);
  await engine.close();
  expect(await readJwks((await startEngine({ dataDir: engine.dataDir })).url)).toEqual(keys);
});

test("§7 [doc] any 2xx acknowledges; what else comes is repeated", async () => {
  const { engine } = await deliverTo([json(500, {}), json(404, {}), json(299, {})]);
  await expect
    .poll(async () => (await engine.seen()).webhooks.map(({ statusCode }) => statusCode))
    .toEqual([500, 404, 299]);
});

test("§7 [doc] a redirect is not followed and ends it", async () => {
  const { engine, hook } = await deliverTo([redirect("/other")]);
  await expect.poll(async () => (await engine.seen()).webhooks.length).toBe(1);
  await engine.close();
  expect(hook.requests.map(({ route }) => route)).toEqual(["POST /hook"]);
});

test("§7 [doc] it is delivered at least once: twice where that is switched on", async () => {
  const { hook } = await deliver({ fault: "webhook-duplicated" });
  expect((await hook.arrivals.next()).body).toBe((await hook.arrivals.next()).body);
});

test("§7 [live] it can land before the submit's own answer", async () => {
  const { hook } = await deliver({ fault: "webhook-early" });
  expect(hook.requests).toHaveLength(1);
});
