import { expect, it } from "vitest";
import type { TestEngine } from "./engine-testkit.js";
import { ENDPOINT, scripted, startEngine } from "./engine-testkit.js";

interface Page {
  items: Record<string, unknown>[];
  next_cursor: string | null;
  has_more: boolean;
}

async function history(engine: TestEngine, query: Record<string, string> = {}): Promise<Page> {
  const parameters = new URLSearchParams({ endpoint_id: ENDPOINT, ...query });
  const response = await engine.get(`/v1/models/requests/by-endpoint?${parameters}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
}

it("lists finished, running and waiting requests, newest first", async () => {
  const engine = await startEngine();
  const refused = await engine.submit(scripted("refuse"));
  await engine.completed(refused);
  const running = await engine.submit(scripted("hold a"));
  await engine.logged(running, "holding");
  const waiting = await engine.submit(scripted("go"));
  const time = expect.stringMatching(/^\d{4}-.*Z$/);
  const about = { endpoint_id: ENDPOINT, sent_at: time };
  expect(await history(engine)).toEqual({
    items: [
      { request_id: waiting, ...about, started_at: null },
      { request_id: running, ...about, started_at: time },
      { request_id: refused, ...about, started_at: time, ended_at: time, status_code: 422 },
    ],
    next_cursor: null,
    has_more: false,
  });
});

it("shows inputs digit for digit when asked, unless their caller forbade to keep them", async () => {
  const engine = await startEngine();
  const body = JSON.stringify({ prompt: "go", audio_url: `data:,${"x".repeat(5000)}` });
  await engine.submit(body.replace("}", ',"seed":196619188014358661}'));
  const last = await engine.submit(scripted("go"), { "x-fal-store-io": "0" });
  await engine.completed(last);
  const query = new URLSearchParams({ endpoint_id: ENDPOINT, expand: "payloads" });
  const text = await (await engine.get(`/v1/models/requests/by-endpoint?${query}`)).text();
  expect(text).toContain('"seed":196619188014358661');
  const { items } = JSON.parse(text) as Page;
  expect(items[1]?.json_input).toMatchObject({ prompt: "go", audio_url: `data:,${"x".repeat(5000)}` });
  expect(items[0]).not.toHaveProperty("json_input");
});

it("turns pages by cursor without repeating or missing one", async () => {
  const engine = await startEngine();
  const ids: string[] = [];
  for (let count = 0; count < 5; count++) ids.unshift(await engine.submit(scripted("go")));
  const seen: unknown[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page = await history(engine, { limit: "2", ...(cursor ? { cursor } : {}) });
    seen.push(...page.items.map((item) => item.request_id));
    cursor = page.next_cursor;
    expect(page.has_more).toBe(cursor !== null);
    // One that comes in between belongs before the first page.
    await engine.submit(scripted("go"));
  } while (cursor);
  expect(seen).toEqual(ids);
});

it("filters by time, status and id", async () => {
  const engine = await startEngine();
  const refused = await engine.submit(scripted("refuse"));
  await engine.completed(refused);
  const between = new Date().toISOString();
  await expect.poll(() => new Date().toISOString()).not.toBe(between);
  const good = await engine.submit(scripted("go"));
  await engine.completed(good);
  const ids = async (query: Record<string, string>) =>
    (await history(engine, query)).items.map((item) => item.request_id);
  expect(await ids({ start: between })).toEqual([good]);
  expect(await ids({ end: between })).toEqual([refused]);
  expect(await ids({ status: "success" })).toEqual([good]);
  expect(await ids({ status: "user_error" })).toEqual([refused]);
  expect(await ids({ status: "error" })).toEqual([]);
  expect(await ids({ request_id: good })).toEqual([good]);
  expect(await ids({ endpoint_id: "fal-ai/other" })).toEqual([]);
});

it.each([
  ["", /endpoint_id/],
  ["endpoint_id=x&limit=0", /limit/],
  ["endpoint_id=x&limit=101", /limit/],
  ["endpoint_id=x&start=yesterday", /start/],
  ["endpoint_id=x&cursor=y", /cursor/],
  ["endpoint_id=x&status=fine", /status/],
])("refuses the question %j", async (query, message) => {
  const engine = await startEngine();
  const response = await engine.get(`/v1/models/requests/by-endpoint?${query}`);
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    error: { type: "validation_error", message: expect.stringMatching(message) },
  });
});
