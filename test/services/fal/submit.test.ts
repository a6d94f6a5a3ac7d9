import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { parseExact } from "../../../src/services/fal/exact-json.js";
import type { InpaintRequest } from "../../../src/services/job.js";
import { makeJob } from "../../support/make-job.js";
import {
  html,
  json,
  large,
  type Reply,
  redirect,
  reset,
  silence,
  text,
  truncated,
} from "../../support/scripted-upstream.js";
import { OUTPUT, openQueue, RESULT, SUBMIT, startQueue } from "./fal-testkit.js";

const OPTIONS = { priority: "NORMAL", startTimeoutSeconds: 3_600 } as const;
const ACCEPTED = { status: "IN_QUEUE", request_id: "r1", queue_position: 0 };

function input(overrides: Partial<InpaintRequest> = {}): InpaintRequest {
  return { ...makeJob().input, ...overrides };
}

test("sends the model's own field names, the priority and the start deadline, and no key", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(SUBMIT, json(200, ACCEPTED));

  const outcome = await queue.submit(input({ secondsTotal: 30 }), { priority: "LOW", startTimeoutSeconds: 120 });

  expect(outcome).toEqual({ kind: "accepted", requestId: "r1" });
  const [request] = upstream.seen(SUBMIT);
  expect(JSON.parse(request?.body ?? "")).toEqual({
    prompt: "rain on a tin roof",
    audio_url: "https://files.example/clip.wav",
    seconds_total: 30,
    guidance_scale: 1,
    mask_start: 2,
    mask_end: 4,
    num_inference_steps: 8,
    seed: 42,
  });
  expect(request?.headers["x-fal-queue-priority"]).toBe("low");
  expect(request?.headers["x-fal-request-timeout"]).toBe("120");
  expect(request?.headers.authorization).toBeUndefined();
});

test("leaves seconds_total out when it is not known", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(SUBMIT, json(200, ACCEPTED));

  await queue.submit(input({ secondsTotal: null }), OPTIONS);

  expect(upstream.seen(SUBMIT)[0]?.body).not.toContain("seconds_total");
});

test("a seed beyond 2^53 goes out and comes back digit for digit, whatever the prompt says", async () => {
  const { upstream, queue } = await startQueue();
  const prompt = 'say {"exactInteger":"1"} and \\{"exactInteger":"2"}\\';
  upstream.on(SUBMIT, json(200, ACCEPTED));
  upstream.on(
    RESULT,
    text(200, "application/json", `{"audio":{"url":"https://fal.media/b"},"seed":196619188014358661}`),
  );

  await queue.submit(input({ prompt, seed: 196619188014358661n }), OPTIONS);
  const result = await queue.result("r1", 0n);

  const body = upstream.seen(SUBMIT)[0]?.body ?? "";
  expect(body).toContain('"seed":196619188014358661');
  expect(parseExact(body)).toMatchObject({ prompt, seed: 196619188014358661n });
  expect(result).toMatchObject({ kind: "output", output: { seed: 196619188014358661n } });
});

test.each([
  ["the connection breaks after the body", reset()],
  ["the answer is cut off", truncated(ACCEPTED)],
  ["the answer is too large", large(50 * 1024 * 1024)],
  ["the answer is HTML", html(200)],
  ["the answer is no JSON", text(200, "application/json", "{")],
  ["the answer is empty", text(200, "application/json", "")],
  ["the answer is null", json(200, null)],
  ["the request id could leave its place in a URL", json(200, { ...ACCEPTED, request_id: "../../tokens" })],
  ["the request id is missing", json(200, { status: "IN_QUEUE" })],
  ["the answer redirects", redirect("/elsewhere")],
  ["upstream fails with 500", json(500, { detail: "Internal Server Error" })],
  ["a proxy answers 502", html(502)],
  ["a proxy answers 503", html(503)],
  ["a proxy answers 504", html(504)],
  ["a proxy answers 408", html(408)],
  ["a proxy answers 499", html(499)],
])("the outcome is unknown, and nothing is sent again, when %s", async (_, reply) => {
  const { upstream, queue } = await startQueue();
  upstream.on(SUBMIT, reply);

  const outcome = await queue.submit(input(), OPTIONS);

  expect(outcome.kind).toBe("unknown");
  expect(upstream.requests.map(({ route }) => route)).toEqual([SUBMIT]);
});

test.each([
  [401, { detail: "No user found for Key ID and Secret" }, "UPSTREAM_AUTH"],
  [402, { detail: "Payment required" }, "UPSTREAM_AUTH"],
  [403, { detail: "User is locked. Reason: Exhausted balance." }, "UPSTREAM_AUTH"],
  [429, { detail: "Queue is full" }, "UPSTREAM_UNAVAILABLE"],
])("a %i is a refusal that may pass, told in upstream's words", async (status, body, code) => {
  const { upstream, queue } = await startQueue();
  upstream.on(SUBMIT, json(status, body));

  const outcome = await queue.submit(input(), OPTIONS);

  expect(outcome).toMatchObject({ kind: "refused", passing: true, error: { code, message: body.detail } });
  expect(upstream.requests).toHaveLength(1);
});

test.each([
  [400, { detail: "Malformed JSON" }, "INVALID_INPUT", "Malformed JSON"],
  [404, { detail: 'Application "x" not found' }, "UPSTREAM_FAILED", 'Application "x" not found'],
  [404, "not JSON", "UPSTREAM_FAILED", "The model is not known there."],
  [413, { detail: "Too large" }, "INVALID_INPUT", "Too large"],
  [
    422,
    { detail: [{ loc: ["body", "prompt"], msg: "field required", type: "missing" }] },
    "INVALID_INPUT",
    "prompt is missing. The engine said: field required",
  ],
])("a %i is a final refusal: %j", async (status, body, code, message) => {
  const { upstream, queue } = await startQueue();
  upstream.on(SUBMIT, json(status, body));

  const outcome = await queue.submit(input(), OPTIONS);

  expect(outcome).toMatchObject({ kind: "refused", passing: false, error: { code, message, retryable: false } });
  expect(upstream.requests).toHaveLength(1);
});

test("an accepted request is accepted whatever a proxy calls its JSON", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(SUBMIT, text(200, "text/plain", JSON.stringify(ACCEPTED)));

  expect(await queue.submit(input(), OPTIONS)).toEqual({ kind: "accepted", requestId: "r1" });
});

test("a server that drops connections it kept open can't make the outcome unknown", async () => {
  const { upstream, queue } = await startQueue();
  const used = new WeakSet<object>();
  const once: Reply = (response, request) => {
    if (response.socket && used.has(response.socket)) return response.socket.destroy();
    if (response.socket) used.add(response.socket);
    json(200, ACCEPTED)(response, request);
  };
  upstream.on(SUBMIT, once);

  for (let index = 0; index < 5; index++) {
    expect((await queue.submit(input(), OPTIONS)).kind).toBe("accepted");
  }
});

test("a refused connection is a refusal that may pass", async () => {
  const queue = openQueue(`http://127.0.0.1:${await unusedPort()}`);

  const outcome = await queue.submit(input(), OPTIONS);

  expect(outcome).toMatchObject({
    kind: "refused",
    passing: true,
    error: { code: "UPSTREAM_UNAVAILABLE", retryable: true },
  });
});

test("a name that does not resolve is a refusal that may pass", async () => {
  const outcome = await openQueue("http://no-such-host.invalid").submit(input(), OPTIONS);

  expect(outcome).toMatchObject({ kind: "refused", passing: true });
});

test("a TLS handshake that fails is a refusal that may pass: nothing was sent", async () => {
  const { upstream } = await startQueue();
  const queue = openQueue(upstream.url.replace("http:", "https:"));

  const outcome = await queue.submit(input(), OPTIONS);

  expect(outcome).toMatchObject({ kind: "refused", passing: true });
  expect(upstream.requests).toHaveLength(0);
});

test("a queue that closes while a submission waits for its answer calls the outcome unknown", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(SUBMIT, silence());

  const outcome = queue.submit(input(), OPTIONS);
  await upstream.arrivals.next();
  await queue.close();

  expect((await outcome).kind).toBe("unknown");
});

test("an answer is understood though its headers hold more than Latin-1", async () => {
  const { upstream, queue } = await startQueue();
  const served = Buffer.from("東京").toString("latin1");
  upstream.on(SUBMIT, json(200, ACCEPTED, { "x-fal-served-from": served }));
  upstream.on(RESULT, json(200, OUTPUT, { "x-fal-served-from": served }));

  expect(await queue.submit(input(), OPTIONS)).toEqual({ kind: "accepted", requestId: "r1" });
  expect(await queue.result("r1", 0n)).toMatchObject({ kind: "output" });
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
