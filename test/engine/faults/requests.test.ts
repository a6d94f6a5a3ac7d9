import { describe, expect, it } from "vitest";
import type { StatusBody } from "../engine-testkit.js";
import { ENDPOINT, readEvents, scripted, startControlledEngine } from "../engine-testkit.js";

const REQUESTS = "/fal-ai/stable-audio-25/requests";
const INSTANT = { fault: "scripted-model" };
const CANCELLED = { detail: "Request was cancelled by the client", error_type: "client_cancelled" };

describe("a scripted model", () => {
  it("ends at once without looking at the input, and gives the seed back digit for digit", async () => {
    const engine = await startControlledEngine();
    await engine.set(INSTANT);
    const id = await engine.submit('{"seed":196619188014358661}');
    expect(await engine.completed(id)).toMatchObject({ logs: [] });
    const text = await (await engine.result(id)).text();
    expect(text).toContain('"seed":196619188014358661');
    const { audio } = JSON.parse(text) as { audio: { url: string } };
    expect((await fetch(audio.url)).headers.get("content-type")).toBe("audio/wav");
  });

  it("logs, tells progress and waits as its steps say", async () => {
    const engine = await startControlledEngine();
    const naive = { log: "twice", level: null, timestamp: "2026-05-04T10:11:12.345678" };
    const steps = [naive, naive, { progress: 0.25 }, { hold: "a" }, { waitMs: 5 }, { log: "end", level: "WARN" }];
    await engine.set({ fault: "scripted-model", match: { inputContains: "mine" }, steps });
    const id = await engine.submit(scripted("mine"));
    const held = await engine.until(id, ({ progress }) => progress === 0.25);
    expect(held.status).toBe("IN_PROGRESS");
    await engine.release("a");
    await engine.completed(id);
    const line = { timestamp: naive.timestamp, message: "twice", labels: {} };
    expect((await engine.status(id)).logs).toEqual([
      line,
      line,
      { timestamp: expect.stringMatching(/Z$/), message: "end", level: "WARN", source: "USER", labels: {} },
    ]);
    const { faults } = (await (await engine.get("/control/faults")).json()) as { faults: object[] };
    expect(faults).toMatchObject([{ id: 1, fault: "scripted-model", times: null, struck: 1, requestIds: [id] }]);
  });

  const gone = { kind: "infrastructure-error", statusCode: 503, errorType: "runner_disconnected", message: "gone" };
  const late = { kind: "infrastructure-error", statusCode: 504, errorType: "startup_timeout", userDeadline: true };
  it.each([
    [{ kind: "model-error" }, 422, { "x-fal-retryable": "false" }, { detail: [{ type: "content_policy_violation" }] }],
    [{ kind: "model-error", statusCode: 500 }, 500, { "x-fal-retryable": "true" }, { detail: [{ loc: ["body"] }] }],
    [{ kind: "model-error", detail: "words" }, 422, {}, { detail: "words" }],
    [gone, 503, { "x-fal-error-type": "runner_disconnected" }, { detail: "gone", error_type: "runner_disconnected" }],
    [late, 504, { "x-fal-request-timeout-type": "user" }, { error_type: "startup_timeout" }],
  ])("ends with %j", async (outcome, statusCode, headers, body) => {
    const engine = await startControlledEngine();
    await engine.set({ ...INSTANT, outcome });
    const id = await engine.submit({});
    const status = await engine.completed(id);
    expect("error" in status).toBe(outcome.kind === "infrastructure-error");
    const result = await engine.result(id);
    expect(result.status).toBe(statusCode);
    expect(Object.fromEntries(result.headers)).toMatchObject(headers);
    expect(await result.json()).toMatchObject(body);
  });

  it("ends otherwise than the model that ran", async () => {
    const engine = await startControlledEngine();
    await engine.set({ fault: "outcome", match: "next", outcome: { kind: "model-error" } });
    const refused = await engine.submit(scripted("go"));
    const fine = await engine.submit(scripted("go"));
    await engine.completed(fine);
    expect([(await engine.result(refused)).status, (await engine.result(fine)).status]).toEqual([422, 200]);
  });
});

describe("the life of a request", () => {
  it("never starts, at whatever position is wanted, while others do, until the fault is taken away", async () => {
    const engine = await startControlledEngine();
    await engine.set(INSTANT, { fault: "never-starts", match: "next" }, { fault: "queue-position", position: 12_654 });
    const stuck = await engine.submit({});
    await engine.completed(await engine.submit({}));
    expect(await engine.status(stuck)).toMatchObject({ status: "IN_QUEUE", queue_position: 12_654 });
    await fetch(`${engine.url}/control/faults/2`, { method: "DELETE" });
    expect((await engine.completed(stuck)).status).toBe("COMPLETED");
  });

  it("holds its start deadline while it never starts, and can be cancelled", async () => {
    const engine = await startControlledEngine();
    await engine.set({ fault: "never-starts" });
    const late = await engine.submit({}, { "x-fal-request-start-timeout": "0.2" });
    const cancelled = await engine.submit({});
    expect(await (await engine.cancel(cancelled)).json()).toEqual({ status: "OK" });
    expect(await (await engine.result(cancelled)).json()).toEqual(CANCELLED);
    expect(await engine.completed(late)).toMatchObject({ error_type: "startup_timeout" });
  });

  it("never completes until it is cancelled", async () => {
    const engine = await startControlledEngine();
    await engine.set({ fault: "never-completes" }, { ...INSTANT, steps: [{ log: "all there is" }] });
    const id = await engine.submit({});
    await engine.logged(id, "all there is");
    expect((await engine.cancel(id)).status).toBe(202);
    await engine.completed(id);
    expect((await engine.result(id)).status).toBe(499);
  });

  it("completes once that fault is taken away", async () => {
    const engine = await startControlledEngine();
    await engine.set(INSTANT, { fault: "never-completes" });
    const id = await engine.submit({});
    await engine.until(id, ({ status }) => status === "IN_PROGRESS");
    await fetch(`${engine.url}/control/faults/2`, { method: "DELETE" });
    expect((await engine.completed(id)).status).toBe("COMPLETED");
  });

  it("is cancelled while it waits to be started again", async () => {
    const engine = await startControlledEngine();
    await engine.set(INSTANT, { fault: "requeued", waitMs: 60_000 });
    const id = await engine.submit({});
    const requeued = async () => (await (await engine.get("/control/faults")).json()) as { faults: object[] };
    await expect.poll(requeued).toMatchObject({ faults: [{}, { struck: 1 }] });
    await engine.until(id, ({ status }) => status === "IN_QUEUE");
    expect(await (await engine.cancel(id)).json()).toEqual({ status: "OK" });
    expect((await engine.result(id)).status).toBe(499);
  });

  it("goes back to IN_QUEUE and starts again as another attempt", async () => {
    const engine = await startControlledEngine();
    await engine.set({ fault: "never-starts" }, INSTANT, { fault: "requeued", times: 2, afterMs: 5, waitMs: 5 });
    const seen: string[] = [];
    const id = await engine.submit({});
    for await (const { status } of engine.stream(id)) {
      // From here on every change is an event of this stream.
      if (seen.length === 0) await fetch(`${engine.url}/control/faults/1`, { method: "DELETE" });
      if (seen.at(-1) !== status) seen.push(status);
    }
    const attempt = ["IN_QUEUE", "IN_PROGRESS"];
    expect(seen).toEqual([...attempt, ...attempt, ...attempt, "COMPLETED"]);
  });

  it("tells an error on a COMPLETED status", async () => {
    const engine = await startControlledEngine();
    await engine.set(INSTANT, { fault: "status-error", errorType: "runner_disconnected", error: "lost" });
    const id = await engine.submit({});
    expect(await engine.completed(id)).toMatchObject({ error: "lost", error_type: "runner_disconnected" });
    expect((await engine.result(id)).status).toBe(200);
  });

  it("runs on in spite of a cancel", async () => {
    const engine = await startControlledEngine();
    await engine.set({ ...INSTANT, steps: [{ log: "up" }, { hold: "a" }] }, { fault: "cancel-ignored" });
    const id = await engine.submit({});
    await engine.logged(id, "up");
    const reply = await engine.cancel(id);
    expect([reply.status, await reply.json()]).toEqual([202, { status: "CANCELLATION_REQUESTED" }]);
    await engine.release("a");
    await engine.completed(id);
    expect((await engine.result(id)).status).toBe(200);
  });

  it("completes while the cancel is on its way", async () => {
    const engine = await startControlledEngine();
    await engine.set({ ...INSTANT, steps: [{ log: "up" }, { hold: "a" }] }, { fault: "cancel-races-completion" });
    const id = await engine.submit({});
    await engine.logged(id, "up");
    const reply = await engine.cancel(id);
    expect([reply.status, await reply.json()]).toEqual([400, { status: "ALREADY_COMPLETED" }]);
    expect((await engine.result(id)).status).toBe(200);
  });

  it("answers OK with another code, and knows no full ids, where that is wanted", async () => {
    const engine = await startControlledEngine();
    await engine.set({ fault: "never-starts" }, { fault: "cancel-ok-code" }, { fault: "full-id-405" });
    const id = await engine.submit({});
    const full = await engine.get(`/${ENDPOINT}/requests/${id}/status`);
    expect([full.status, await full.json()]).toEqual([405, { detail: "Method Not Allowed" }]);
    const reply = await engine.cancel(id);
    expect([reply.status, await reply.json()]).toEqual([202, { status: "OK" }]);
  });
});

describe("a result", () => {
  it("is gone after the time that is set, sooner when it is large", async () => {
    const engine = await startControlledEngine();
    await engine.set({ fault: "result-expired", afterSeconds: 3600, largeAfterSeconds: 0 });
    const small = await engine.submit(scripted("go"));
    const large = await engine.submit(scripted("go", { sync_mode: true, audio_url: largeAudio() }));
    await engine.completed(large);
    expect((await engine.result(small)).status).toBe(200);
    const gone = await engine.result(large);
    expect([gone.status, await gone.json()]).toEqual([404, { status: "NOT_FOUND" }]);
  });

  it.each([
    ["bare-audio", (output: Output) => typeof output.audio === "string"],
    ["missing-seed", (output: Output) => !("seed" in output) && typeof output.audio === "object"],
    ["null-file-size", (output: Output) => typeof output.audio === "object" && output.audio.file_size === null],
    [
      "octet-stream",
      (output: Output) => typeof output.audio === "object" && output.audio.content_type === "application/octet-stream",
    ],
  ])("has its %s", async (fault, fits) => {
    const engine = await startControlledEngine();
    await engine.set(INSTANT, { fault });
    const id = await engine.submit({});
    await engine.completed(id);
    const output = (await (await engine.result(id)).json()) as Output;
    expect(fits(output), JSON.stringify(output)).toBe(true);
    const url = typeof output.audio === "string" ? output.audio : output.audio.url;
    const contentType = fault === "octet-stream" ? "application/octet-stream" : "audio/wav";
    expect((await fetch(url)).headers.get("content-type")).toBe(contentType);
  });

  it.each([["2.5"], [null]])("has %j billable units", async (units) => {
    const engine = await startControlledEngine();
    await engine.set(INSTANT, { fault: "billable-units", units });
    const id = await engine.submit({});
    await engine.completed(id);
    expect((await engine.result(id)).headers.get("x-fal-billable-units")).toBe(units);
  });
});

describe("a log", () => {
  const lines = ["one", "two", "three"].map((log) => ({ log }));

  it("is told as a moving window, with repeats in the stream, and a traceback at the end", async () => {
    const engine = await startControlledEngine();
    const steps = [...lines, { hold: "a" }];
    await engine.set({ ...INSTANT, steps }, { fault: "windowed-logs" }, { fault: "late-traceback", traceback: "boom" });
    const id = await engine.submit({});
    await engine.until(id, ({ logs }) => logs?.at(-1)?.message === "three");
    expect(messages(await engine.status(id))).toEqual(["two", "three"]);
    const response = await engine.get(`${REQUESTS}/${id}/status/stream?logs=1`);
    const events: string[][] = [];
    for await (const event of readEvents(response)) {
      events.push(messages(event));
      await engine.release("a");
    }
    expect(events[0]).toEqual(["one", "two", "three"]);
    expect(events.at(-1)?.at(-1)).toBe('{"traceback":"boom"}');
    expect(messages(await engine.status(id))).toEqual(["three", '{"traceback":"boom"}']);
  });

  it("has neither level nor zone, as live fal's", async () => {
    const engine = await startControlledEngine();
    await engine.set({ ...INSTANT, steps: [{ log: "one" }] }, { fault: "plain-logs" });
    const id = await engine.submit({});
    await engine.completed(id);
    expect((await engine.status(id)).logs).toEqual([
      { timestamp: expect.stringMatching(/\d$/), message: "one", labels: {} },
    ]);
  });
});

it("lists requests late, or only when they are finished", async () => {
  const engine = await startControlledEngine();
  await engine.set(
    { fault: "scripted-model", match: { inputContains: "go" } },
    { fault: "never-starts", match: { inputContains: "stuck" } },
    { fault: "history-finished-only" },
  );
  const done = await engine.submit(scripted("go"));
  const stuck = await engine.submit(scripted("stuck"));
  await engine.completed(done);
  const list = async () => {
    const response = await engine.get(`/v1/models/requests/by-endpoint?endpoint_id=${ENDPOINT}`);
    return ((await response.json()) as { items: { request_id: string }[] }).items.map((item) => item.request_id);
  };
  expect(await list()).toEqual([done]);
  await fetch(`${engine.url}/control/faults/3`, { method: "DELETE" });
  expect(await list()).toEqual([stuck, done]);
  await engine.set({ fault: "history-lags" });
  expect(await list()).toEqual([]);
});

interface Output {
  audio: string | { url: string; file_size: number | null; content_type: string };
}

function messages({ logs }: StatusBody): string[] {
  return (logs ?? []).map(({ message }) => message);
}

function largeAudio(): string {
  return `data:audio/wav;base64,${Buffer.alloc(12_000).toString("base64")}`;
}
