import { describe, expect, onTestFinished, test } from "vitest";
import { UndecodableError } from "../../../src/services/fal/decode.js";
import { FalQueue } from "../../../src/services/fal/fal-queue.js";
import { localHosts } from "../../../src/services/fal/hosts.js";
import { UpstreamResponseError, UpstreamUnreachableError } from "../../../src/services/fal/transport.js";
import {
  html,
  json,
  large,
  redirect,
  reset,
  startScriptedUpstream,
  text,
  truncated,
} from "../../support/scripted-upstream.js";
import { CANCEL, HISTORY, OUTPUT, RESULT, STATUS, startQueue } from "./fal-testkit.js";

const INITIATE = "POST /storage/upload/initiate";

test("asks for a status with its log lines, once, and without the endpoint's sub-path", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(STATUS, json(202, { status: "IN_QUEUE", queue_position: 2 }));

  expect(await queue.status("r1")).toMatchObject({ status: "IN_QUEUE", queuePosition: 2 });
  expect(upstream.requests).toHaveLength(1);
  expect(upstream.requests[0]?.query.get("logs")).toBe("1");
});

test.each([
  ["404", json(404, { status: "NOT_FOUND" }), UpstreamResponseError],
  ["429", json(429, {}), UpstreamResponseError],
  ["500", json(500, {}), UpstreamResponseError],
  ["503", html(503), UpstreamResponseError],
  ["a redirect", redirect("/b"), UpstreamResponseError],
  ["a reset", reset(), UpstreamUnreachableError],
  ["a cut-off answer", truncated({ status: "IN_QUEUE", queue_position: 1 }), UpstreamUnreachableError],
  ["50 MB", large(50 * 1024 * 1024), UpstreamUnreachableError],
  ["HTML", html(200), UndecodableError],
  ["broken JSON", text(200, "application/json", "{"), UndecodableError],
  ["nothing", text(200, "application/json", ""), UndecodableError],
])("a status that is %s rejects as promised and is not asked for again", async (_, reply, kind) => {
  const { upstream, queue } = await startQueue();
  upstream.on(STATUS, reply);

  await expect(queue.status("r1")).rejects.toThrow(kind);
  expect(upstream.requests).toHaveLength(1);
});

test("a result is the output; an engine in fal's place bills nothing", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(RESULT, json(200, OUTPUT, { "x-fal-billable-units": "0.2" }));

  expect(await queue.result("r1", 1n)).toEqual({
    kind: "output",
    output: {
      audio: {
        url: OUTPUT.audio.url,
        contentType: "audio/wav",
        fileName: "out.wav",
        fileSize: 1024,
        fileData: null,
      },
      seed: 42n,
    },
    settlement: { billed: "NO", billableUnits: 0.2, inferenceSeconds: null },
  });
});

test.each([
  ["a bare address", { audio: OUTPUT.audio.url, seed: 5 }, { contentType: null, fileSize: null }, 5n],
  ["no seed", { audio: OUTPUT.audio }, { contentType: "audio/wav", fileSize: 1024 }, 77n],
  ["no size", { audio: { ...OUTPUT.audio, file_size: null }, seed: 5 }, { fileSize: null }, 5n],
])("a result with %s is an output", async (_, body, audio, seed) => {
  const { upstream, queue } = await startQueue();
  upstream.on(RESULT, json(200, body));

  const outcome = await queue.result("r1", 77n);

  expect(outcome).toMatchObject({ kind: "output", output: { audio: { url: OUTPUT.audio.url, ...audio }, seed } });
});

test("a result is read whatever a proxy calls its JSON", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(RESULT, text(200, "text/plain", JSON.stringify(OUTPUT)));

  expect(await queue.result("r1", 1n)).toMatchObject({ kind: "output" });
});

test.each(["https://evil.example/out.wav", "http://169.254.169.254/out.wav", "data:audio/wav;base64,AAAA"])(
  "a result whose file lies at %s is not handed on",
  async (url) => {
    const { upstream, queue } = await startQueue();
    upstream.on(RESULT, json(200, { ...OUTPUT, audio: { ...OUTPUT.audio, url } }));

    const outcome = await queue.result("r1", 1n);

    expect(outcome).toMatchObject({ kind: "failed", certain: false, error: { code: "UPSTREAM_FAILED" } });
    expect(JSON.stringify(outcome, (_, value) => String(value))).not.toContain(url);
  },
);

describe("a COMPLETED status with an error", () => {
  const told = { error: "Runner was lost", errorType: "runner_disconnected" };

  test.each([
    ["an output", json(200, OUTPUT)],
    ["no result", json(404, { status: "NOT_FOUND" })],
    ["a result that never comes", json(400, { detail: "Request is still in progress" })],
    ["a proxy's page", html(502)],
  ])("is a failure in spite of %s", async (_, reply) => {
    const { upstream, queue } = await startQueue();
    upstream.on(RESULT, reply);

    expect(await queue.result("r1", 1n, told)).toMatchObject({
      kind: "failed",
      certain: true,
      error: { code: "UPSTREAM_FAILED", upstreamType: "runner_disconnected", upstreamStatus: 503, retryable: true },
    });
  });

  test("is told by the result where that says more", async () => {
    const { upstream, queue } = await startQueue();
    const detail = [{ loc: ["body", "prompt"], msg: "No", type: "content_policy_violation" }];
    upstream.on(RESULT, json(422, { detail }));

    expect(await queue.result("r1", 1n, told)).toMatchObject({
      error: { code: "CONTENT_REJECTED", upstreamStatus: 422 },
    });
  });

  test("of an unknown type keeps its words", async () => {
    const { upstream, queue } = await startQueue();
    upstream.on(RESULT, json(200, OUTPUT));

    expect(await queue.result("r1", 1n, { error: "It rained in", errorType: null })).toMatchObject({
      kind: "failed",
      error: { code: "UPSTREAM_FAILED", message: "It rained in", upstreamType: null, upstreamStatus: null },
    });
  });

  test("that says cancelled is a cancel", async () => {
    const { upstream, queue } = await startQueue();
    upstream.on(RESULT, json(404, { status: "NOT_FOUND" }));

    const outcome = await queue.result("r1", 1n, { error: "Cancelled", errorType: "client_cancelled" });

    expect(outcome.kind).toBe("cancelled");
  });
});

test("a result that is not there yet is pending", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(RESULT, json(400, { detail: "Request is still in progress" }));

  expect(await queue.result("r1", 1n)).toEqual({ kind: "pending" });
});

test("a failed result is told once, with the field at fault, and is certain", async () => {
  const { upstream, queue } = await startQueue();
  const detail = [{ loc: ["body", "audio_url"], msg: "Too long", type: "audio_duration_too_long" }];
  upstream.on(RESULT, json(422, { detail }));

  expect(await queue.result("r1", 1n)).toMatchObject({
    kind: "failed",
    certain: true,
    error: {
      code: "AUDIO_UNSUPPORTED",
      field: ["audioUrl"],
      message: "The audio is too long. Shorten it. The engine said: Too long",
      upstreamStatus: 422,
    },
  });
  expect(upstream.requests).toHaveLength(1);
});

test.each([
  ["a proxy's 502", html(502), "UPSTREAM_FAILED"],
  ["a proxy's 503", html(503), "UPSTREAM_UNAVAILABLE"],
  ["a 429", json(429, {}), "UPSTREAM_UNAVAILABLE"],
  ["a redirect", redirect("/b"), "UPSTREAM_FAILED"],
  ["a 404", json(404, { status: "NOT_FOUND" }), "RESULT_EXPIRED"],
  ["a page in place of the output", html(200), "UPSTREAM_FAILED"],
  ["an output without audio", json(200, { seed: 1 }), "UPSTREAM_FAILED"],
])("%s in place of a result is a failure that is not certain", async (_, reply, code) => {
  const { upstream, queue } = await startQueue();
  upstream.on(RESULT, reply);

  expect(await queue.result("r1", 1n)).toMatchObject({ kind: "failed", certain: false, error: { code } });
  expect(upstream.requests).toHaveLength(1);
});

test("a terminal 503 of fal's own is certain and is not asked for again", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(RESULT, json(503, { detail: "Runner disconnected", error_type: "runner_disconnected" }));

  expect(await queue.result("r1", 1n)).toMatchObject({ kind: "failed", certain: true });
  expect(upstream.requests).toHaveLength(1);
});

test("a result of a cancelled request is no failure", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(RESULT, json(499, { detail: "Request was cancelled", error_type: "client_cancelled" }));

  expect(await queue.result("r1", 1n)).toEqual({
    kind: "cancelled",
    settlement: { billed: "NO", billableUnits: null, inferenceSeconds: null },
  });
});

test.each([
  ["a reset", reset()],
  ["a cut-off answer", truncated(OUTPUT)],
])("%s is no result", async (_, reply) => {
  const { upstream, queue } = await startQueue();
  upstream.on(RESULT, reply);

  await expect(queue.result("r1", 1n)).rejects.toThrow(UpstreamUnreachableError);
});

test.each([
  [202, { status: "CANCELLATION_REQUESTED" }, "CANCELLATION_REQUESTED"],
  [200, { status: "OK" }, "CANCELLED"],
  [200, { success: true }, "CANCELLED"],
  [400, { status: "ALREADY_COMPLETED" }, "ALREADY_COMPLETED"],
  [404, { status: "NOT_FOUND" }, "NOT_FOUND"],
])("a cancel answered %i %j is %s", async (status, body, word) => {
  const { upstream, queue } = await startQueue();
  upstream.on(CANCEL, json(status, body));

  expect(await queue.cancel("r1")).toBe(word);
  expect(upstream.requests).toHaveLength(1);
});

test.each([
  [500, {}],
  [503, { detail: "busy" }],
  [404, { detail: "Application not found" }],
  [401, {}],
])("a cancel answered %i %j rejects and is not repeated by itself", async (status, body) => {
  const { upstream, queue } = await startQueue();
  upstream.on(CANCEL, json(status, body));

  await expect(queue.cancel("r1")).rejects.toThrow(UpstreamResponseError);
  expect(upstream.requests).toHaveLength(1);
});

test("a cancel that a proxy answered in fal's place is not taken for one", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(CANCEL, html(200));

  await expect(queue.cancel("r1")).rejects.toThrow(UndecodableError);
});

test("reads the history page by page", async () => {
  const { upstream, queue } = await startQueue();
  const item = (request_id: string, seed: number) => ({ request_id, endpoint_id: "x", json_input: { seed } });
  upstream.on(
    HISTORY,
    json(200, { items: [item("r1", 1), item("r2", 2)], has_more: true, next_cursor: "c 1" }),
    json(200, { items: [item("r3", 3)], has_more: false, next_cursor: "c2" }),
  );

  const requests = await queue.requestsSince(Date.UTC(2026, 0, 1));

  expect(requests).toEqual([
    { requestId: "r1", input: { seed: 1 } },
    { requestId: "r2", input: { seed: 2 } },
    { requestId: "r3", input: { seed: 3 } },
  ]);
  const [first, second] = upstream.requests.map(({ query }) => Object.fromEntries(query));
  expect(first).toEqual({
    endpoint_id: "fal-ai/stable-audio-25/inpaint",
    start: "2026-01-01T00:00:00.000Z",
    expand: "payloads",
    limit: "100",
  });
  expect(second).toEqual({ ...first, cursor: "c 1" });
});

test("a history without end is read ten pages far", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(HISTORY, json(200, { items: [], has_more: true, next_cursor: "again" }));

  expect(await queue.requestsSince(0)).toEqual([]);
  expect(upstream.requests).toHaveLength(10);
});

test("history entries that are of no use are left out, the others stay", async () => {
  const { upstream, queue } = await startQueue();
  const items = [null, { request_id: "r1" }, { request_id: "../x", json_input: {} }, { json_input: {} }];
  upstream.on(
    HISTORY,
    text(
      200,
      "application/json",
      `{"items":${JSON.stringify(items).slice(0, -1)},{"request_id":"r9","json_input":{"seed":196619188014358661}}]}`,
    ),
  );

  expect(await queue.requestsSince(0)).toEqual([{ requestId: "r9", input: { seed: 196619188014358661n } }]);
});

test.each([
  ["another shape", json(200, {})],
  ["a page", html(200)],
])("a history that is %s is an error: nothing can be told from it", async (_, reply) => {
  const { upstream, queue } = await startQueue();
  upstream.on(HISTORY, reply);

  await expect(queue.requestsSince(0)).rejects.toThrow(UndecodableError);
});

test.each([
  ["fal is told its name and type", "FAL", {}],
  ["an engine of ours its size, too", "LOCAL", { file_size: 9 }],
] as const)("an upload is begun and its addresses are handed out: %s", async (_, kind, extra) => {
  const upstream = await startScriptedUpstream();
  const queue = new FalQueue({ ...localHosts({ engineUrl: upstream.url, publicUrl: null }), kind });
  onTestFinished(() => queue.close());
  upstream.on(INITIATE, json(200, { upload_url: "https://fal.media/put?s=1", file_url: "https://v3.fal.media/file" }));

  expect(
    await queue.storage.initiateUpload({ fileName: 'my "clip".wav', contentType: "audio/wav", fileSizeBytes: 9 }),
  ).toEqual({
    uploadUrl: "https://fal.media/put?s=1",
    fileUrl: "https://v3.fal.media/file",
  });
  expect(JSON.parse(upstream.requests[0]?.body ?? "")).toEqual({
    content_type: "audio/wav",
    file_name: 'my "clip".wav',
    ...extra,
  });
});

test.each([
  ["without a file address", { upload_url: "https://fal.media/put" }],
  ["that would go elsewhere", { upload_url: "https://evil.example/put", file_url: "https://fal.media/file" }],
  ["whose file lies elsewhere", { upload_url: "https://fal.media/put", file_url: "http://10.0.0.1/file" }],
])("an upload %s is refused", async (_, addresses) => {
  const { upstream, queue } = await startQueue();
  upstream.on(INITIATE, json(200, addresses));

  await expect(
    queue.storage.initiateUpload({ fileName: "a.wav", contentType: "audio/wav", fileSizeBytes: 9 }),
  ).rejects.toThrow(UndecodableError);
});
