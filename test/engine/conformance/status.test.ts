import { expect, test } from "vitest";
import { ENDPOINT, falClient, scripted } from "../engine-testkit.js";
import { answer, REQUESTS, startStandIn, startWithStates, UNKNOWN } from "./conformance-testkit.js";

const COMMON = ["cancel_url", "logs", "metrics", "request_id", "response_url", "status", "status_url"];

function keysOf(body: unknown): string[] {
  return Object.keys(body as object).sort();
}

test("§3 [doc] IN_QUEUE is 202 with its position besides the common keys", async () => {
  const { engine, queued } = await startWithStates();
  const [code, body] = await answer(engine, `${REQUESTS}/${queued}/status`);
  expect([code, keysOf(body)]).toEqual([202, [...COMMON, "queue_position"].sort()]);
  expect(body).toMatchObject({ status: "IN_QUEUE", request_id: queued, queue_position: 0, metrics: {} });
});

test("§3 [doc] IN_PROGRESS is 202 with the common keys alone", async () => {
  const { engine, running } = await startWithStates();
  const [code, body] = await answer(engine, `${REQUESTS}/${running}/status`);
  expect([code, keysOf(body)]).toEqual([202, COMMON]);
  expect(body).toMatchObject({ status: "IN_PROGRESS", metrics: {} });
});

test("§3 [src] COMPLETED is 200 with metrics.inference_time in seconds", async () => {
  const { engine, completed } = await startWithStates();
  const [code, body] = await answer(engine, `${REQUESTS}/${completed}/status`);
  const { inference_time: seconds } = (body as { metrics: { inference_time: number } }).metrics;
  expect([code, (body as { status: string }).status]).toEqual([200, "COMPLETED"]);
  expect(seconds).toBeGreaterThanOrEqual(0);
  expect(seconds).toBeLessThan(10);
});

test.each([
  ["absent", "", false],
  ["logs=0", "?logs=0", false],
  ["logs=false", "?logs=false", false],
  ["logs=1", "?logs=1", true],
  ["logs=true", "?logs=true", true],
])("§3 [wire][src] with %s a status has logs: null or a list", async (_name, query, isList) => {
  const { engine, running } = await startWithStates();
  const [, body] = await answer(engine, `${REQUESTS}/${running}/status${query}`);
  const { logs } = body as { logs: unknown };
  if (isList) expect(logs).toMatchObject([{ message: "at work", labels: {}, timestamp: expect.any(String) }]);
  else expect(logs).toBeNull();
});

test("§3 [live] log lines can come without level and source, with naive timestamps", async () => {
  const { engine, running } = await startWithStates();
  await engine.set({ fault: "plain-logs" });
  const [line] = (await engine.status(running)).logs ?? [];
  expect(keysOf(line)).toEqual(["labels", "message", "timestamp"]);
  expect(line?.timestamp).not.toMatch(/Z$/);
});

test("§3 [doc] an infrastructure failure is COMPLETED with error and error_type", async () => {
  const outcome = { kind: "infrastructure-error", statusCode: 503, errorType: "runner_disconnected", message: "gone" };
  const engine = await startStandIn({ fault: "outcome", outcome });
  const id = await engine.submit({});
  expect(await engine.completed(id)).toMatchObject({ error: "gone", error_type: "runner_disconnected" });
});

test("§3 [unverified] a model's 422 is a plain COMPLETED, unless switched", async () => {
  const engine = await startStandIn({ fault: "outcome", outcome: { kind: "model-error" } });
  const id = await engine.submit({});
  expect(await engine.completed(id)).not.toHaveProperty("error");
  await engine.set({ fault: "status-error", error: "bad", errorType: "content_policy_violation" });
  expect(await engine.status(id)).toMatchObject({ error: "bad", error_type: "content_policy_violation" });
});

test("§3 [doc] only three states exist: failed and cancelled requests are COMPLETED", async () => {
  const { engine, queued, running } = await startWithStates();
  await engine.cancel(queued);
  await engine.cancel(running);
  expect([(await engine.completed(queued)).status, (await engine.completed(running)).status]).toEqual([
    "COMPLETED",
    "COMPLETED",
  ]);
});

test("§3 [doc] queue_position is how many are ahead, from 0, and goes with the start", async () => {
  const { engine, queued } = await startWithStates();
  await engine.set({ fault: "never-starts" });
  const second = await engine.submit({});
  expect((await engine.status(second)).queue_position).toBe(1);
  await engine.cancel(queued);
  expect((await engine.status(second)).queue_position).toBe(0);
  await fetch(`${engine.url}/control/faults`, { method: "DELETE" });
  await engine.release("running");
  expect(await engine.completed(second)).not.toHaveProperty("queue_position");
});

test("§3 [live] a position can be in the thousands and stay", async () => {
  const { engine, queued } = await startWithStates();
  await engine.set({ fault: "queue-position", position: 12_654 });
  expect((await engine.status(queued)).queue_position).toBe(12_654);
  expect((await engine.status(queued)).queue_position).toBe(12_654);
});

test("§3 [doc] IN_PROGRESS can return to IN_QUEUE", async () => {
  const engine = await startStandIn({ fault: "never-starts" }, { fault: "requeued" });
  const id = await engine.submit({});
  const states: string[] = [];
  for await (const { status } of engine.stream(id)) {
    if (states.length === 0) await fetch(`${engine.url}/control/faults/1`, { method: "DELETE" });
    if (states.at(-1) !== status) states.push(status);
  }
  expect(states).toEqual(["IN_QUEUE", "IN_PROGRESS", "IN_QUEUE", "IN_PROGRESS", "COMPLETED"]);
});

test("§3 [live] an unknown id is 404 NOT_FOUND", async () => {
  const engine = await startStandIn();
  expect(await answer(engine, `${REQUESTS}/${UNKNOWN}/status`)).toEqual([404, { status: "NOT_FOUND" }]);
});

test("§3 [src] polled logs can be a moving window, with the traceback at the end", async () => {
  const steps = ["one", "two", "three"].map((log) => ({ log }));
  const engine = await startStandIn(
    { fault: "scripted-model", steps: [...steps, { hold: "a" }] },
    { fault: "windowed-logs", lines: 2 },
    { fault: "late-traceback", traceback: "boom" },
  );
  const id = await engine.submit({});
  await engine.logged(id, "three");
  const messages = async () => (await engine.status(id)).logs?.map(({ message }) => message);
  expect(await messages()).toEqual(["two", "three"]);
  await engine.release("a");
  await engine.completed(id);
  expect(await messages()).toEqual(["three", '{"traceback":"boom"}']);
});

test("§3 the real client's status has what each state has", async () => {
  const { engine, queued, running, completed } = await startWithStates();
  const { queue } = falClient(engine.url);
  const ask = (requestId: string) => queue.status(ENDPOINT, { requestId, logs: true });
  expect(await ask(queued)).toMatchObject({ status: "IN_QUEUE", queue_position: 0, logs: [] });
  expect(await ask(running)).toMatchObject({ status: "IN_PROGRESS", logs: [{ message: "at work" }] });
  expect(await ask(completed)).toMatchObject({ status: "COMPLETED", metrics: { inference_time: expect.any(Number) } });
});

test("§3 the real client's subscribe polls to the result", async () => {
  const engine = await startStandIn();
  const states: string[] = [];
  const { data, requestId } = await falClient(engine.url).subscribe(ENDPOINT, {
    input: scripted("go", { seed: 5 }),
    pollInterval: 10,
    onQueueUpdate: ({ status }) => states.push(status),
  });
  expect(data).toMatchObject({ seed: 5, audio: { url: expect.stringContaining("/files/") } });
  expect(states.at(-1)).toBe("COMPLETED");
  expect((await engine.seen()).requests[requestId]).toMatchObject({ result: 1, cancel: 0, stream: 0 });
});

test("§3 [wire] an exception in onQueueUpdate rejects subscribe while the request runs on", async () => {
  const engine = await startStandIn();
  let id = "";
  const subscribed = falClient(engine.url).subscribe(ENDPOINT, {
    input: scripted("go"),
    pollInterval: 10,
    onEnqueue: (requestId) => {
      id = requestId;
    },
    onQueueUpdate: (update) => {
      // The sample of the model's page, with logs: null.
      if (update.status !== "IN_QUEUE") update.logs.map(({ message }) => message);
    },
  });
  await expect(subscribed).rejects.toThrow(TypeError);
  await engine.completed(id);
  expect((await engine.result(id)).status).toBe(200);
});
