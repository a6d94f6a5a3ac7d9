import { expect, onTestFinished, test, vi } from "vitest";
import { ENDPOINT, falClient, readEvents, scripted } from "../engine-testkit.js";
import { answer, REQUESTS, startStandIn, startWithStates, UNKNOWN } from "./conformance-testkit.js";

const STEPS = [{ log: "one" }, { hold: "a" }, { log: "zwei ♪" }];

test("§4 [doc] the stream is 200 text/event-stream", async () => {
  const { engine, completed } = await startWithStates();
  const response = await engine.get(`${REQUESTS}/${completed}/status/stream`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
});

test("§4 [doc] events are unnamed, have no id, and hold the same JSON as a poll", async () => {
  const { engine, completed } = await startWithStates();
  const text = await (await engine.get(`${REQUESTS}/${completed}/status/stream`)).text();
  const [, status] = await answer(engine, `${REQUESTS}/${completed}/status`);
  expect(text).toBe(`data: ${JSON.stringify(status)}\n\n`);
});

test("§4 [doc] log lines come once each, event by event", async () => {
  const engine = await startStandIn({ fault: "scripted-model", steps: STEPS });
  const id = await engine.submit({});
  const messages: string[] = [];
  for await (const { logs } of engine.stream(id)) {
    messages.push(...(logs ?? []).map(({ message }) => message));
    if (messages.includes("one")) await engine.release("a");
  }
  expect(messages).toEqual(["one", "zwei ♪"]);
});

test("§4 [doc] without logs=1 an event has logs: null", async () => {
  const { engine, completed } = await startWithStates();
  for await (const { logs } of engine.stream(completed, "0")) expect(logs).toBeNull();
});

test("§4 [doc] the server closes after the COMPLETED event", async () => {
  const { engine, running } = await startWithStates();
  const states: string[] = [];
  for await (const { status } of engine.stream(running)) {
    states.push(status);
    await engine.release("running");
  }
  expect(states.filter((status) => status === "COMPLETED")).toHaveLength(1);
  expect(states.at(-1)).toBe("COMPLETED");
});

test("§4 [doc] a comment comes every 15 seconds while nothing else does", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { engine, running } = await startWithStates();
  const response = await engine.get(`${REQUESTS}/${running}/status/stream`);
  const reader = response.body?.getReader();
  const next = async () => Buffer.from((await reader?.read())?.value ?? []).toString("utf8");
  expect(await next()).toMatch(/^data: /);
  for (let comment = 0; comment < 2; comment++) {
    vi.advanceTimersByTime(15_000);
    expect(await next()).toMatch(/^:.*\n\n$/);
  }
  await reader?.cancel();
});

test("§4 [unverified] an unknown id is 404 as a poll's", async () => {
  const engine = await startStandIn();
  expect(await answer(engine, `${REQUESTS}/${UNKNOWN}/status/stream`)).toEqual([404, { status: "NOT_FOUND" }]);
});

test("§4 [live] the stream can be 404 or 405 for a while after submit", async () => {
  const engine = await startStandIn(
    { fault: "answer", at: "stream", statusCode: 404 },
    { fault: "answer", at: "stream", statusCode: 405 },
  );
  const id = await engine.submit({});
  const codes: number[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    const response = await engine.get(`${REQUESTS}/${id}/status/stream`);
    codes.push(response.status);
    await response.text();
  }
  expect(codes).toEqual([404, 405, 200]);
});

test("§4 [wire] the client's merged Accept header is served", async () => {
  const { engine, completed } = await startWithStates();
  const accept = "application/json, text/event-stream";
  const response = await engine.get(`${REQUESTS}/${completed}/status/stream`, { accept });
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
});

test("§4 the real client's streamStatus reads it to the end", async () => {
  const { engine, running } = await startWithStates();
  const stream = await falClient(engine.url).queue.streamStatus(ENDPOINT, { requestId: running, logs: true });
  await engine.release("running");
  expect(await stream.done()).toMatchObject({ status: "COMPLETED", request_id: running });
});

test("§4 the real client's subscribe follows the stream to the result", async () => {
  const engine = await startStandIn({ fault: "scripted-model", steps: [{ log: "one" }, { log: "two" }] });
  const lines = new Set<string>();
  const { data, requestId } = await falClient(engine.url).subscribe(ENDPOINT, {
    input: scripted("go", { seed: 5 }),
    mode: "streaming",
    logs: true,
    onQueueUpdate: (update) => {
      if (update.status !== "IN_QUEUE") for (const { message } of update.logs) lines.add(message);
    },
  });
  expect(data).toMatchObject({ seed: 5 });
  expect([...lines]).toEqual(["one", "two"]);
  expect((await engine.seen()).requests[requestId]).toMatchObject({ stream: 1, status: 0, result: 1 });
});

test("§4 [wire] a clean early close counts as done for the client, whose result call then fails", async () => {
  const engine = await startStandIn(
    { fault: "scripted-model", steps: [{ log: "one" }, { hold: "a" }] },
    { fault: "stream-closes" },
  );
  const subscribed = falClient(engine.url).subscribe(ENDPOINT, { input: scripted("go"), mode: "streaming" });
  await expect(subscribed).rejects.toMatchObject({ status: 400, body: { detail: "Request is still in progress" } });
});

test("§4 [wire] a lost connection is an error of status 500 to the client", async () => {
  const engine = await startStandIn(
    { fault: "scripted-model", steps: [{ log: "one" }, { hold: "a" }] },
    { fault: "stream-closes", abruptly: true },
  );
  const { queue } = falClient(engine.url);
  const { request_id: requestId } = await queue.submit(ENDPOINT, { input: scripted("go") });
  const stream = await queue.streamStatus(ENDPOINT, { requestId });
  await expect(stream.done()).rejects.toMatchObject({ status: 500 });
});

test("§4 [wire] a character that is split over two chunks is lost to the client", async () => {
  const engine = await startStandIn(
    { fault: "scripted-model", steps: STEPS.slice(2) },
    { fault: "stream-splits", times: null },
  );
  const { queue } = falClient(engine.url);
  const { request_id: requestId } = await queue.submit(ENDPOINT, { input: scripted("go") });
  await engine.completed(requestId);
  const last = await (await queue.streamStatus(ENDPOINT, { requestId, logs: true })).done();
  expect(JSON.stringify(last)).toContain("\ufffd");
  const whole = await engine.get(`${REQUESTS}/${requestId}/status/stream?logs=1`);
  for await (const { logs } of readEvents(whole)) expect(logs?.[0]?.message).toBe("zwei ♪");
});

test("§4 [wire] HTTP errors of the stream are not retried by the client", async () => {
  const engine = await startStandIn({ fault: "answer", at: "stream", statusCode: 503, times: null });
  const { queue } = falClient(engine.url);
  const { request_id: requestId } = await queue.submit(ENDPOINT, { input: scripted("go") });
  await expect(queue.streamStatus(ENDPOINT, { requestId }).then((stream) => stream.done())).rejects.toMatchObject({
    status: 503,
  });
  expect((await engine.seen()).requests[requestId]).toMatchObject({ stream: 1 });
});
