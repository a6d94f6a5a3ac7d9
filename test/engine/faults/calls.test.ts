import { expect, it } from "vitest";
import { ENDPOINT, readEvents, scripted, startControlledEngine } from "../engine-testkit.js";

const REQUESTS = "/fal-ai/stable-audio-25/requests";
const INSTANT = { fault: "scripted-model" };

it("refuses one submit with 429, of which nothing is left, and takes the next", async () => {
  const engine = await startControlledEngine();
  await engine.set(INSTANT, { fault: "answer", at: "submit", statusCode: 429 });
  expect((await engine.post(`/${ENDPOINT}`, scripted("go"))).status).toBe(429);
  const id = await engine.submit(scripted("go again"));
  expect(await engine.completed(id)).toMatchObject({ status: "COMPLETED" });
  expect((await engine.seen()).submits).toEqual([
    { requestId: null, prompt: "go" },
    { requestId: id, prompt: "go again" },
  ]);
});

it.each([[false], [true]])("breaks the connection of a submit; processed: %s", async (processed) => {
  const engine = await startControlledEngine();
  await engine.set(INSTANT, { fault: "reset", at: "submit", match: "next", processed });
  await expect(engine.post(`/${ENDPOINT}`, scripted("go"))).rejects.toThrow("fetch failed");
  const { submits } = await engine.seen();
  expect(submits).toEqual([{ requestId: processed ? expect.any(String) : null, prompt: "go" }]);
  const [{ requestId } = { requestId: null }] = submits;
  if (requestId !== null) expect((await engine.completed(requestId)).status).toBe("COMPLETED");
});

it("cuts an answer off in the middle, after what was asked is done", async () => {
  const engine = await startControlledEngine();
  await engine.set(INSTANT, { fault: "truncated", at: "submit" });
  const response = await engine.post(`/${ENDPOINT}`, scripted("go"));
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow("terminated");
  expect((await engine.seen()).submits[0]?.requestId).toEqual(expect.any(String));
});

it.each([
  [{ fault: "answer", statusCode: 503, headers: { "retry-after": "1" } }, 503, /json/, /can't answer/],
  [{ fault: "answer", statusCode: 422, body: { detail: "so" } }, 422, /json/, /^\{"detail":"so"\}$/],
  [{ fault: "answer", statusCode: 401 }, 401, /json/, /No user found/],
  [{ fault: "answer", statusCode: 404 }, 404, /json/, /^\{"status":"NOT_FOUND"\}$/],
  [{ fault: "html" }, 200, /html/, /nginx/],
  [{ fault: "redirect" }, 302, /./, /^$/],
  [{ fault: "wrong-content-type" }, 200, /text\/plain/, /COMPLETED|audio/],
])("answers a status or a result by %j", async (fault, status, contentType, body) => {
  const engine = await startControlledEngine();
  await engine.set(INSTANT);
  const id = await engine.submit(scripted("go"));
  await engine.completed(id);
  await engine.set({ ...fault, at: "status" }, { ...fault, at: "result" });
  for (const suffix of ["/status", ""]) {
    const response = await fetch(`${engine.url}${REQUESTS}/${id}${suffix}`, { redirect: "manual" });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type") ?? "none").toMatch(contentType);
    expect(await response.text()).toMatch(body);
    expect((await engine.get(`${REQUESTS}/${id}${suffix}`)).status).toBe(200);
  }
});

it("answers with as much JSON as is wanted", async () => {
  const engine = await startControlledEngine();
  await engine.set(INSTANT);
  const id = await engine.submit(scripted("go"));
  await engine.set({ fault: "large-json", at: "result", bytes: 5_000_000 });
  const text = await (await engine.result(id)).text();
  expect(text.length).toBeGreaterThan(5_000_000);
  expect(JSON.parse(text)).toHaveProperty("padding");
});

it("does nothing but send large JSON, also when the caller has had enough", async () => {
  const engine = await startControlledEngine();
  await engine.set(INSTANT, { fault: "large-json", at: "submit", times: 2 });
  const leaving = new AbortController();
  const headers = { "content-type": "application/json" };
  await fetch(`${engine.url}/${ENDPOINT}`, { method: "POST", headers, body: "{}", signal: leaving.signal });
  leaving.abort();
  await (await engine.post(`/${ENDPOINT}`, {})).text();
  expect((await engine.seen()).submits.map(({ requestId }) => requestId)).toEqual([null, null]);
});

it("never answers, or late", async () => {
  const engine = await startControlledEngine();
  await engine.set(INSTANT, { fault: "silence", at: "status" }, { fault: "slow", at: "result", delayMs: 150 });
  const id = await engine.submit(scripted("go"));
  await engine.completed(id);
  const silent = fetch(`${engine.url}${REQUESTS}/${id}/status`, { signal: AbortSignal.timeout(100) });
  await expect(silent).rejects.toThrow("timeout");
  const startedAt = performance.now();
  expect((await engine.result(id)).status).toBe(200);
  expect(performance.now() - startedAt).toBeGreaterThan(140);
});

it.each([[404], [405]])("answers a stream with %i at first", async (statusCode) => {
  const engine = await startControlledEngine();
  await engine.set(INSTANT, { fault: "answer", at: "stream", statusCode, match: "next", times: 2 });
  const other = await engine.submit(scripted("bound"));
  const id = await engine.submit(scripted("free"));
  const statuses: number[] = [];
  for (const request of [id, other, other, other]) {
    const response = await engine.get(`${REQUESTS}/${request}/status/stream`);
    statuses.push(response.status);
    await response.text();
  }
  expect(statuses).toEqual([200, statusCode, statusCode, 200]);
});

it("loses a file at the CDN", async () => {
  const engine = await startControlledEngine();
  await engine.set(INSTANT, { fault: "answer", at: "file", match: "next", statusCode: 404 });
  const urls: string[] = [];
  for (const prompt of ["one", "two"]) {
    const id = await engine.submit(scripted(prompt));
    await engine.completed(id);
    const { audio } = (await (await engine.result(id)).json()) as { audio: { url: string } };
    urls.push(audio.url);
  }
  const [lost = "", kept = ""] = urls;
  expect((await fetch(kept)).status).toBe(200);
  expect((await fetch(lost)).status).toBe(404);
  expect((await fetch(lost)).status).toBe(200);
});

it.each([
  [{ fault: "key-required" }, undefined, 401, 'Cannot access application "fal-ai/stable-audio-25". Authentication is'],
  [{ fault: "key-required" }, "Bearer x", 401, "Invalid Key Authorization header format. Expected '<key_id>:<key_se"],
  [{ fault: "key-required" }, "Key a:b", 200, "IN_QUEUE"],
  [{ fault: "key-refused" }, "Key a:b", 401, "No user found for Key ID and Secret"],
  [{ fault: "balance-locked" }, "Key a:b", 403, "User is locked. Reason: Exhausted balance. Top up your balance at"],
])("as an account of %j answers a submit with the key %s by %i", async (fault, authorization, status, words) => {
  const engine = await startControlledEngine();
  await engine.set(INSTANT, fault);
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const response = await engine.post(`/${ENDPOINT}`, scripted("go"), headers);
  expect(response.status).toBe(status);
  expect(await response.text()).toContain(words.replaceAll('"', status === 401 ? '\\"' : '"'));
});

it("sends a stream's events in pieces that are cut within a character", async () => {
  const engine = await startControlledEngine();
  await engine.set({ fault: "scripted-model", steps: [{ log: "grün ♪" }] }, { fault: "stream-splits" });
  const id = await engine.submit(scripted("go"));
  await engine.completed(id);
  await engine.set({ fault: "stream-splits" });
  const response = await engine.get(`${REQUESTS}/${id}/status/stream?logs=1`);
  const chunks: Buffer[] = [];
  for await (const chunk of response.body ?? []) chunks.push(Buffer.from(chunk as Uint8Array));
  expect(chunks.length).toBe(2);
  expect(chunks[0]?.toString("utf8")).toContain("\ufffd");
  expect(Buffer.concat(chunks).toString("utf8")).toContain("grün ♪");
});

it.each([
  [{ fault: "stream-closes", afterEvents: 2 }, 2],
  [{ fault: "stream-stalls", afterEvents: 1 }, 1],
  [{ fault: "stream-trickles", intervalMs: 60_000 }, 0],
  [{ fault: "stream-never-ends" }, 3],
])("plays %j to one connection", async (fault, events) => {
  const engine = await startControlledEngine();
  await engine.set({ fault: "scripted-model", steps: [{ hold: "a" }, { log: "one" }, { hold: "b" }] }, fault);
  const id = await engine.submit(scripted("go"));
  const response = await fetch(`${engine.url}${REQUESTS}/${id}/status/stream?logs=1`);
  const statuses: string[] = [];
  const reading = (async () => {
    for await (const { status } of readEvents(response)) statuses.push(status);
  })();
  // The second connection has no fault.
  await engine.until(id, ({ status }) => status === "IN_PROGRESS");
  await engine.release("a");
  await engine.logged(id, "one");
  await engine.release("b");
  await engine.completed(id);
  await engine.close();
  await reading.catch(() => {});
  if (fault.fault === "stream-never-ends") expect(statuses.at(-1)).toBe("COMPLETED");
  else expect(statuses).toHaveLength(events);
});

it("resets a stream", async () => {
  const engine = await startControlledEngine();
  await engine.set(INSTANT, { fault: "stream-closes", abruptly: true });
  const id = await engine.submit(scripted("go"));
  const response = await fetch(`${engine.url}${REQUESTS}/${id}/status/stream`);
  await expect(response.text()).rejects.toThrow("terminated");
  expect((await engine.completed(id)).status).toBe("COMPLETED");
});
