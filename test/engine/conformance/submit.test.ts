import { expect, test } from "vitest";
import { ENDPOINT, falClient, scripted, startControlledEngine } from "../engine-testkit.js";
import { answer, REQUESTS, startStandIn, startWithStates, submitReply, UNKNOWN } from "./conformance-testkit.js";

test("§1 [wire][live] a request's URLs leave the model's sub-path out", async () => {
  const engine = await startStandIn();
  const { request_id: id, ...urls } = await submitReply(engine);
  const url = `${engine.url}${REQUESTS}/${id}`;
  expect(urls).toMatchObject({ response_url: url, status_url: `${url}/status`, cancel_url: `${url}/cancel` });
});

test("§1 [live] request ids are UUIDs of version 7", async () => {
  const { request_id: id } = await submitReply(await startStandIn());
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("§1 [doc] /response, a trailing slash and the full id lead to the same request", async () => {
  const { engine, completed } = await startWithStates();
  const [, status] = await answer(engine, `${REQUESTS}/${completed}/status`);
  const [, result] = await answer(engine, `${REQUESTS}/${completed}`);
  for (const prefix of [REQUESTS, `/${ENDPOINT}/requests`]) {
    expect(await answer(engine, `${prefix}/${completed}/status/`)).toEqual([200, status]);
    for (const suffix of ["/", "/response"]) {
      expect(await answer(engine, `${prefix}/${completed}${suffix}`)).toEqual([200, result]);
    }
  }
});

test("§1 [live] a GET below the full id is 405 where that is switched on", async () => {
  const { engine, completed } = await startWithStates();
  await engine.set({ fault: "full-id-405" });
  expect((await engine.get(`/${ENDPOINT}/requests/${completed}`)).status).toBe(405);
  expect((await engine.get(`${REQUESTS}/${completed}`)).status).toBe(200);
});

test("§2 [live] a submit answers 200 with exactly these keys", async () => {
  expect(await submitReply(await startStandIn())).toEqual({
    status: "IN_QUEUE",
    request_id: expect.any(String),
    response_url: expect.any(String),
    status_url: expect.any(String),
    cancel_url: expect.any(String),
    logs: null,
    metrics: {},
    queue_position: 0,
  });
});

test("§2 [doc] the reply to a submit names the request in x-fal-request-id", async () => {
  const engine = await startStandIn();
  const response = await engine.post(`/${ENDPOINT}`, {});
  const { request_id: id } = (await response.json()) as { request_id: string };
  expect(response.headers.get("x-fal-request-id")).toBe(id);
});

test("§2 [live] bad input is accepted, and only its result is 422", async () => {
  const engine = await startControlledEngine();
  const { request_id: id } = await submitReply(engine, { prompt: 7 });
  expect(await engine.completed(String(id))).not.toHaveProperty("error");
  expect((await engine.result(String(id))).status).toBe(422);
});

test("§1 [wire] an input wrapped in {input} is an invalid input, not another form of it", async () => {
  const engine = await startControlledEngine();
  const id = await engine.submit({ input: scripted("go") });
  await engine.completed(id);
  expect(await (await engine.result(id)).json()).toMatchObject({ detail: [{ loc: ["body", "prompt"] }, {}] });
});

test("§2 [unverified] what is no JSON object is refused at submit", async () => {
  const engine = await startStandIn();
  for (const body of ["{", "[]", "7", ""]) expect((await engine.post(`/${ENDPOINT}`, body)).status).toBe(422);
});

test("§2 [live] an unknown application is 404 in words of its own", async () => {
  const engine = await startStandIn();
  const response = await engine.post("/fal-ai/no-such-app", {});
  expect([response.status, await response.json()]).toEqual([404, { detail: 'Application "no-such-app" not found' }]);
});

test("§2 [doc] fal_max_queue_length refuses with 429 when more are waiting", async () => {
  const engine = await startStandIn({ fault: "never-starts" });
  await engine.submit({});
  await engine.submit({});
  expect((await engine.post(`/${ENDPOINT}?fal_max_queue_length=1`, {})).status).toBe(429);
  expect((await engine.post(`/${ENDPOINT}?fal_max_queue_length=2`, {})).status).toBe(200);
});

test("§2 [doc] low priority waits behind normal; an unknown word counts as normal", async () => {
  const engine = await startStandIn({ fault: "never-starts" });
  const low = await engine.submit({}, { "x-fal-queue-priority": "low" });
  const normal = await engine.submit({}, { "x-fal-queue-priority": "normal" });
  const odd = await engine.submit({}, { "x-fal-queue-priority": "urgent" });
  const positions = [];
  for (const id of [normal, odd, low]) positions.push((await engine.status(id)).queue_position);
  expect(positions).toEqual([0, 1, 2]);
});

test.each([["x-fal-request-timeout"], ["x-fal-request-start-timeout"]])(
  "§2 [doc] %s ends what has not started in time with 504, type user",
  async (header) => {
    const engine = await startStandIn({ fault: "never-starts" });
    const id = await engine.submit({}, { [header]: "0.15" });
    expect(await engine.completed(id)).toMatchObject({ error: expect.any(String), error_type: "startup_timeout" });
    const result = await engine.result(id);
    expect(result.status).toBe(504);
    expect(result.headers.get("x-fal-request-timeout-type")).toBe("user");
  },
);

test("§2 [doc] the newer name of the start deadline wins over the older", async () => {
  const engine = await startStandIn({ fault: "never-starts" });
  const headers = { "x-fal-request-timeout": "3600", "x-fal-request-start-timeout": "0.15" };
  expect(await engine.completed(await engine.submit({}, headers))).toMatchObject({ error_type: "startup_timeout" });
});

test("§2 [doc] the start deadline is one clock over a server-side retry", async () => {
  const engine = await startStandIn({ fault: "requeued", waitMs: 60_000 });
  const id = await engine.submit({}, { "x-fal-request-timeout": "0.2" });
  expect(await engine.completed(id)).toMatchObject({ error_type: "startup_timeout" });
});

test("§2 [doc] X-Fal-Store-IO: 0 keeps no payload in the history", async () => {
  const engine = await startStandIn();
  const id = await engine.submit({ prompt: "secret" }, { "x-fal-store-io": "0" });
  await engine.completed(id);
  const path = `/v1/models/requests/by-endpoint?endpoint_id=${ENDPOINT}&expand=payloads`;
  const [, list] = await answer(engine, path);
  expect(list).toMatchObject({ items: [{ request_id: id }] });
  expect(JSON.stringify(list)).not.toContain("secret");
});

test("§2 [doc] X-Fal-Object-Lifecycle-Preference bounds the life of the output", async () => {
  const engine = await startStandIn();
  const id = await engine.submit({}, { "x-fal-object-lifecycle-preference": '{"expiration_duration_seconds":0.001}' });
  await engine.completed(id);
  await expect.poll(async () => (await engine.result(id)).status, { timeout: 3_000 }).toBe(404);
});

test("§2 [doc] headers that steer fal's own machines change nothing", async () => {
  const engine = await startStandIn();
  const headers = { "x-fal-runner-hint": "a", "x-fal-no-retry": "1", "x-app-fal-disable-fallback": "true" };
  const id = await engine.submit({}, { ...headers, "x-fal-tags": "a=b" });
  await engine.completed(id);
  expect((await engine.result(id)).status).toBe(200);
});

test("§10 [wire] the same submit twice makes two requests", async () => {
  const engine = await startStandIn();
  const body = scripted("same", { seed: 1 });
  expect(await engine.submit(body)).not.toBe(await engine.submit(body));
});

test("§10 [wire] the client sends a submit again after a reset, and both are enqueued", async () => {
  const engine = await startStandIn({ fault: "reset", at: "submit", processed: true });
  const { request_id: id } = await falClient(engine.url).queue.submit(ENDPOINT, { input: scripted("paid twice") });
  const { submits } = await engine.seen();
  expect(submits).toHaveLength(2);
  expect(submits[0]?.requestId).toEqual(expect.any(String));
  expect(submits[1]?.requestId).toBe(id);
});

test("§10 [wire] the client sends a submit again after a cut-off reply, and both are enqueued", async () => {
  const engine = await startStandIn({ fault: "truncated", at: "submit" });
  await falClient(engine.url).queue.submit(ENDPOINT, { input: scripted("paid twice") });
  const { submits } = await engine.seen();
  expect(submits.map(({ requestId }) => typeof requestId)).toEqual(["string", "string"]);
});

test("§10 [wire] the client sends a submit again after 429, which has enqueued nothing", async () => {
  const engine = await startStandIn({ fault: "answer", at: "submit", statusCode: 429 });
  await falClient(engine.url).queue.submit(ENDPOINT, { input: scripted("paid once") });
  const { submits } = await engine.seen();
  expect(submits.map(({ requestId }) => typeof requestId)).toEqual(["object", "string"]);
});

test("§9 [doc] the client's key comes as Authorization: Key <id>:<secret>", async () => {
  const engine = await startStandIn({ fault: "key-required" });
  const { queue } = falClient(engine.url);
  const { request_id: requestId } = await queue.submit(ENDPOINT, { input: scripted("go") });
  expect(await queue.status(ENDPOINT, { requestId })).toMatchObject({ request_id: requestId });
});

test("§2 [live] without a key 401 says that authentication is required", async () => {
  const engine = await startStandIn({ fault: "key-required" });
  const response = await engine.post(`/${ENDPOINT}`, {});
  const detail =
    'Cannot access application "fal-ai/stable-audio-25". Authentication is required to access this application.';
  expect([response.status, await response.json()]).toEqual([401, { detail }]);
});

test("§2 [live] a key of another form is 401 with the form that is expected", async () => {
  const engine = await startStandIn({ fault: "key-required" });
  const response = await engine.post(`/${ENDPOINT}`, {}, { authorization: "Key abc" });
  const detail = "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'.";
  expect([response.status, await response.json()]).toEqual([401, { detail }]);
});

test("§2 [live] a wrong key is 401, and comes before an unknown id (§3)", async () => {
  const engine = await startStandIn({ fault: "key-refused" });
  const headers = { authorization: "Key a:b" };
  for (const path of [`${REQUESTS}/${UNKNOWN}`, `${REQUESTS}/${UNKNOWN}/status`]) {
    const response = await engine.get(path, headers);
    expect([response.status, await response.json()]).toEqual([401, { detail: "No user found for Key ID and Secret" }]);
  }
});

test("§2 [live] a locked balance is 403 in fal's words", async () => {
  const engine = await startStandIn({ fault: "balance-locked" });
  const response = await engine.post(`/${ENDPOINT}`, {}, { authorization: "Key a:b" });
  const detail = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.";
  expect([response.status, await response.json()]).toEqual([403, { detail }]);
});

test("§2 an engine without faults has no accounts and asks for no key", async () => {
  const engine = await startStandIn();
  expect((await engine.post(`/${ENDPOINT}`, {})).status).toBe(200);
  expect((await engine.post(`/${ENDPOINT}`, {}, { authorization: "Bearer x" })).status).toBe(200);
});
