import { readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { expect, it } from "vitest";
import { faultSchema } from "../../../src/engine/queue-server/faults/fault.js";
import { scripted, startControlledEngine, startEngine } from "../engine-testkit.js";

const NAMES = faultSchema.options.map(({ shape }) => shape.fault.value);

it("is not there unless it is asked for", async () => {
  const engine = await startEngine();
  for (const path of ["/control/faults", "/control/seen"]) expect((await engine.get(path)).status).toBe(404);
  expect((await engine.post("/control/faults", { fault: "never-starts" })).status).toBe(404);
  await engine.submit(scripted("go"));
});

it.each([
  ["a name that is not this machine's", { host: "evil.example" }],
  ["a proxy", { host: "localhost", "x-forwarded-for": "127.0.0.1" }],
])("is not there for a caller behind %s", async (_what, headers) => {
  const engine = await startControlledEngine();
  const status = await new Promise((resolve, reject) => {
    const request = httpRequest(`${engine.url}/control/faults`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", reject).end();
  });
  expect(status).toBe(404);
  expect((await engine.get("/control/faults")).status).toBe(200);
});

it("shows the faults that are set, with their defaults, and takes them away", async () => {
  const engine = await startControlledEngine();
  const added = await engine.post("/control/faults", { fault: "windowed-logs", match: "next" });
  const shown = { id: 1, fault: "windowed-logs", match: "next", times: null, lines: 2, struck: 0, requestIds: [] };
  expect(await added.json()).toEqual({ faults: [shown] });
  await engine.set({ fault: "reset", at: "submit" }, { fault: "bare-audio" });
  const remove = async (path: string) => {
    const response = await fetch(`${engine.url}/control/faults${path}`, { method: "DELETE" });
    return [response.status, await response.json()];
  };
  expect(await remove("/2")).toMatchObject([200, { faults: [{ id: 1 }, { id: 3 }] }]);
  expect(await remove("/2")).toMatchObject([404, {}]);
  expect(await remove("")).toEqual([200, { faults: [] }]);
});

it.each([
  [{ fault: "no-such-fault" }, /fault/],
  [{ fault: "reset" }, /at/],
  [{ fault: "reset", at: "nowhere" }, /at/],
  [{ fault: "windowed-logs", lines: 0 }, /lines/],
  [{ fault: "bare-audio", lines: 1 }, /lines/],
  [{ fault: "bare-audio", times: 0 }, /times/],
  [{ fault: "bare-audio", match: "previous" }, /match/],
  [[{ fault: "bare-audio" }, { fault: "x" }], /fault/],
  [Array.from({ length: 101 }, () => ({ fault: "bare-audio" })), /100/],
  [7, /object/],
  ["{", /JSON/],
])("refuses %j and adds nothing", async (body, words) => {
  const engine = await startControlledEngine();
  const response = await engine.post("/control/faults", body);
  expect(response.status).toBe(400);
  expect(((await response.json()) as { detail: string }).detail).toMatch(words);
  expect(await (await engine.get("/control/faults")).json()).toEqual({ faults: [] });
});

it("counts what was asked, for each request and in all, until it is told to forget", async () => {
  const engine = await startControlledEngine();
  await engine.set({ fault: "scripted-model" });
  const id = await engine.submit({ prompt: "counted" });
  await engine.completed(id);
  await engine.status(id);
  await engine.result(id);
  await engine.cancel(id);
  await engine.result("01900000-0000-7000-8000-000000000000");
  const seen = await engine.seen();
  expect(seen.total).toMatchObject({ submit: 1, stream: 1, status: 1, result: 2, cancel: 1, file: 0 });
  expect(seen.requests).toEqual({ [id]: { stream: 1, status: 1, result: 1, cancel: 1 } });
  expect(seen.submits).toEqual([{ requestId: id, prompt: "counted" }]);
  const forgotten = await fetch(`${engine.url}/control/seen`, { method: "DELETE" });
  expect(await forgotten.json()).toMatchObject({ total: { submit: 0 }, requests: {}, submits: [] });
});

it("strikes one request with what was meant for the next, however many follow", async () => {
  const engine = await startControlledEngine();
  await engine.set({ fault: "scripted-model" }, { fault: "missing-seed", match: "next" });
  const [first, second] = [await engine.submit({}), await engine.submit({})];
  await engine.set({ fault: "bare-audio", match: { requestId: second } }, { fault: "null-file-size", times: 1 });
  await engine.completed(second);
  const outputs = [];
  for (const id of [first, first, second]) outputs.push(await (await engine.result(id)).json());
  const withoutSeed = { audio: expect.objectContaining({ file_size: null }) };
  expect(outputs).toEqual([withoutSeed, withoutSeed, { audio: expect.any(String), seed: 1 }]);
});

it("is described in full: README.md has every fault, and no other", async () => {
  const readme = await readFile("src/engine/queue-server/faults/README.md", "utf8");
  const rows = [...readme.matchAll(/^\| `([a-z0-9-]+)`/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual([...NAMES].sort());
});
