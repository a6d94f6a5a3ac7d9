import { request } from "node:http";
import { expect, it } from "vitest";
import { UnavailableError } from "../../src/errors.js";
import { startTestServer } from "./test-server.js";

const PATH = "/webhooks/fal?job=job-1&proof=abc";
const BODY = `{"request_id": "r1",  "status": "OK"}`;

function post(url: string, init: RequestInit = {}) {
  return fetch(url, { method: "POST", body: BODY, headers: { "content-type": "application/json" }, ...init });
}

it("hands a webhook on as it came, byte for byte, whatever it is called", async () => {
  const { url, services } = await startTestServer();
  const headers = { "X-Fal-Webhook-User-Id": "github|1", origin: "https://anywhere.example" };

  for (const type of [
    "application/json",
    "text/plain",
    "application/json; charset=utf-8",
    "application/octet-stream",
  ]) {
    const response = await post(url + PATH, { headers: { ...headers, "content-type": type } });
    expect(response.status, type).toBe(200);
  }

  expect(services.webhooks).toHaveLength(4);
  for (const webhook of services.webhooks) {
    expect(webhook).toMatchObject({ jobId: "job-1", proof: "abc", headers: { "x-fal-webhook-user-id": "github|1" } });
    expect(Buffer.from(webhook.body).toString()).toBe(BODY);
  }
});

it.each([
  ["UNSIGNED", 401],
  ["FOREIGN", 403],
  ["UNKNOWN_JOB", 404],
  ["MALFORMED", 400],
] as const)("answers what is %s with %i", async (verdict, status) => {
  const { url, services } = await startTestServer();
  services.verdict = verdict;

  const response = await post(url + PATH);

  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ errors: [{ message: expect.any(String) }] });
});

it("answers 503 while the store is down, and 500 without a word of its cause otherwise", async () => {
  const { url, services } = await startTestServer();

  services.fault = new UnavailableError("The store does not answer.");
  expect((await post(url + PATH)).status).toBe(503);
  services.fault = new Error("secret detail");
  const response = await post(url + PATH);

  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("secret");
});

it("takes an address without its parts, and a body that is none, for what they are", async () => {
  const { url, services } = await startTestServer();

  await post(`${url}/webhooks/fal?job=a&job=b`, { body: undefined, headers: {} });

  expect(services.webhooks).toEqual([expect.objectContaining({ jobId: "", proof: "", body: Buffer.alloc(0) })]);
});

it("answers 413 to a webhook of 10 MB, also to who sends on without reading", async () => {
  const { url, services } = await startTestServer();

  expect((await post(url + PATH, { body: Buffer.alloc(10 * 1024 * 1024, " ") })).status).toBe(413);
  const chunked = await new Promise<number | undefined>((resolve, reject) => {
    const sending = request(url + PATH, { method: "POST" }, (response) => resolve(response.resume().statusCode));
    sending.on("error", reject);
    for (let count = 0; count < 160; count++) sending.write(Buffer.alloc(64 * 1024, " "));
    sending.end();
  });

  expect(chunked).toBe(413);
  expect(services.webhooks).toEqual([]);
  expect((await post(url + PATH)).status).toBe(200);
});

it("takes no other method, and is not there where no webhooks are asked for", async () => {
  const { url } = await startTestServer();
  const read = await fetch(url + PATH);
  expect([read.status, read.headers.get("allow")]).toEqual([405, "POST"]);

  const without = await startTestServer({}, { receiveWebhook: null });
  expect((await post(without.url + PATH)).status).toBe(404);
});

it("publishes the keys of our own webhooks", async () => {
  const { url } = await startTestServer();

  const response = await fetch(`${url}/.well-known/jwks.json`);

  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toContain("application/json");
  expect(await response.json()).toEqual({ keys: [] });
});
