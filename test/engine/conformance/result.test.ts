import { ApiError, ValidationError } from "@fal-ai/client";
import { describe, expect, test } from "vitest";
import { ENDPOINT, falClient, scripted, startControlledEngine } from "../engine-testkit.js";
import { answer, REQUESTS, resultUnder, startStandIn, startWithStates, UNKNOWN } from "./conformance-testkit.js";

const modelError = (outcome: object) => ({ fault: "outcome", outcome: { kind: "model-error", ...outcome } });
const infrastructureError = (statusCode: number, errorType: string) => ({
  fault: "outcome",
  outcome: { kind: "infrastructure-error", statusCode, errorType },
});

describe("the result", () => {
  test("§5 [doc] is the bare output with 200 and x-fal-request-id", async () => {
    const { engine, completed } = await startWithStates();
    const response = await engine.result(completed);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-fal-request-id")).toBe(completed);
    expect(Object.keys((await response.json()) as object)).toEqual(["audio", "seed"]);
  });

  test("§5 [doc] has x-fal-billable-units, and without them where that is switched", async () => {
    expect((await resultUnder({})).headers.get("x-fal-billable-units")).toBe("0");
    const none = await resultUnder({}, { fault: "billable-units", units: null });
    expect(none.headers.get("x-fal-billable-units")).toBeNull();
  });

  test.each([["queued"], ["running"]] as const)("§5 [live] of a %s request is 400 in fal's words", async (state) => {
    const { engine, ...ids } = await startWithStates();
    expect(await answer(engine, `${REQUESTS}/${ids[state]}`)).toEqual([
      400,
      { detail: "Request is still in progress" },
    ]);
  });

  test("§5 [unverified] of an unknown id is 404 NOT_FOUND", async () => {
    const engine = await startStandIn();
    expect(await answer(engine, `${REQUESTS}/${UNKNOWN}`)).toEqual([404, { status: "NOT_FOUND" }]);
  });

  test("§5 [doc] is kept, unless switched to fal's hour, or six minutes from 10 KB on", async () => {
    const engine = await startStandIn({ fault: "result-expired", afterSeconds: 3600, largeAfterSeconds: 360 });
    const id = await engine.submit({});
    await engine.completed(id);
    expect((await engine.result(id)).status).toBe(200);
  });

  test("§5 [unverified] that has expired is 404 NOT_FOUND", async () => {
    const response = await resultUnder({}, { fault: "result-expired" });
    expect([response.status, await response.json()]).toEqual([404, { status: "NOT_FOUND" }]);
  });

  test.each([
    [500, "internal_server_error"],
    [504, "generation_timeout"],
    [400, "downstream_service_error"],
    [422, "content_policy_violation"],
    [422, "file_download_error"],
    [422, "audio_duration_too_long"],
    [422, "unsupported_audio_format"],
  ])("§5 [doc] relays the model's %i with its detail list: %s", async (statusCode, type) => {
    const detail = [{ loc: ["body", "audio_url"], msg: "so", type }];
    const response = await resultUnder({}, modelError({ statusCode, detail }));
    expect([response.status, await response.json()]).toEqual([statusCode, { detail }]);
    expect(response.headers.get("x-fal-retryable")).toBe(String(statusCode >= 500));
  });

  test("§5 [doc] can have a plain string for its detail", async () => {
    expect(await (await resultUnder({}, modelError({ detail: "so" }))).json()).toEqual({ detail: "so" });
  });

  test("§5 [doc] of a refused input has loc, msg, type and the error's page for every fault", async () => {
    const engine = await startControlledEngine();
    const id = await engine.submit({ prompt: "a", mask_start: 191 });
    await engine.completed(id);
    const { detail } = (await (await engine.result(id)).json()) as { detail: Record<string, unknown>[] };
    expect(detail.map(({ loc, type }) => [loc, type])).toEqual([
      [["body", "audio_url"], "missing"],
      [["body", "mask_start"], "less_than_equal"],
    ]);
    for (const entry of detail) {
      expect(entry).toMatchObject({ msg: expect.any(String), url: `https://docs.fal.ai/errors#${entry.type}` });
    }
  });

  test.each([
    [504, "request_timeout"],
    [504, "startup_timeout"],
    [503, "runner_scheduling_failure"],
    [503, "runner_connection_timeout"],
    [503, "runner_disconnected"],
    [503, "runner_connection_refused"],
    [503, "runner_connection_error"],
    [502, "runner_incomplete_response"],
    [500, "runner_server_error"],
    [500, "internal_error"],
    [499, "client_disconnected"],
    [400, "bad_request"],
  ])("§5 [doc] of an infrastructure failure is %i %s, in the body and x-fal-error-type", async (code, type) => {
    const response = await resultUnder({}, infrastructureError(code, type));
    expect(response.status).toBe(code);
    expect(response.headers.get("x-fal-error-type")).toBe(type);
    expect(await response.json()).toEqual({ detail: expect.any(String), error_type: type });
  });

  test("§5 [wire] is a ValidationError with its fields for the client when it is 422", async () => {
    const engine = await startStandIn(modelError({}));
    const { queue } = falClient(engine.url);
    const { request_id: requestId } = await queue.submit(ENDPOINT, { input: scripted("go") });
    await engine.completed(requestId);
    const error = await queue.result(ENDPOINT, { requestId }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({ requestId, fieldErrors: [{ loc: ["body", "prompt"] }] });
  });

  test("§5 [wire] is an ApiError for the client whose message is the HTTP reason, not fal's detail", async () => {
    const engine = await startStandIn(infrastructureError(400, "bad_request"));
    const { queue } = falClient(engine.url);
    const { request_id: requestId } = await queue.submit(ENDPOINT, { input: scripted("go") });
    await engine.completed(requestId);
    const error = await queue.result(ENDPOINT, { requestId }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ message: "Bad Request", status: 400, body: { error_type: "bad_request" } });
  });

  test("§5 [wire] gives the client its request id by the header alone", async () => {
    const { engine, completed } = await startWithStates();
    const { requestId } = await falClient(engine.url).queue.result(ENDPOINT, { requestId: completed });
    expect(requestId).toBe(completed);
  });

  test("§10 [wire] of 504, the user's own, is asked for once by the client", async () => {
    const outcome = { kind: "infrastructure-error", statusCode: 504, errorType: "startup_timeout", userDeadline: true };
    const engine = await startStandIn({ fault: "outcome", outcome });
    const { queue } = falClient(engine.url);
    const { request_id: requestId } = await queue.submit(ENDPOINT, { input: scripted("go") });
    await engine.completed(requestId);
    await expect(queue.result(ENDPOINT, { requestId })).rejects.toMatchObject({ status: 504, timeoutType: "user" });
    expect((await engine.seen()).requests[requestId]).toMatchObject({ result: 1 });
  });

  test("§10 [wire] of a terminal 503 is asked for four times by the client", async () => {
    const engine = await startStandIn(infrastructureError(503, "runner_disconnected"));
    const { queue } = falClient(engine.url);
    const { request_id: requestId } = await queue.submit(ENDPOINT, { input: scripted("go") });
    await engine.completed(requestId);
    await expect(queue.result(ENDPOINT, { requestId })).rejects.toMatchObject({ status: 503 });
    expect((await engine.seen()).requests[requestId]).toMatchObject({ result: 4 });
  });
});

describe("the model's output", () => {
  test("§11 [src] has audio as a File, and the seed", async () => {
    expect(await (await resultUnder({ seed: 421_337 })).json()).toEqual({
      audio: {
        url: expect.stringMatching(/^http.*\.wav$/),
        content_type: "audio/wav",
        file_name: expect.stringMatching(/\.wav$/),
        file_size: expect.any(Number),
      },
      seed: 421_337,
    });
  });

  test("§11 [doc] has audio as a bare URL where that is switched on", async () => {
    const output = await (await resultUnder({}, { fault: "bare-audio" })).json();
    expect(output).toMatchObject({ audio: expect.stringMatching(/\.wav$/) });
  });

  test("§11 [live] can be an octet-stream of unknown size", async () => {
    const response = await resultUnder({}, { fault: "octet-stream" }, { fault: "null-file-size" });
    expect(await response.json()).toMatchObject({
      audio: { content_type: "application/octet-stream", file_size: null },
    });
  });

  test("§11 [src] has audio as a data URI with sync_mode", async () => {
    const engine = await startControlledEngine();
    const id = await engine.submit(scripted("go", { sync_mode: true }));
    await engine.completed(id);
    expect(await (await engine.result(id)).json()).toMatchObject({ audio: { url: expect.stringMatching(/^data:/) } });
  });

  test.each([
    ["prompt", undefined, "missing"],
    ["audio_url", undefined, "missing"],
    ["seconds_total", 0, "greater_than_equal"],
    ["seconds_total", 191, "less_than_equal"],
    ["guidance_scale", 26, "less_than_equal"],
    ["mask_start", -1, "greater_than_equal"],
    ["mask_end", 191, "less_than_equal"],
    ["num_inference_steps", 3, "greater_than_equal"],
    ["num_inference_steps", 9, "less_than_equal"],
    ["seed", "x", "int_parsing"],
  ])("§11 [src] needs a sound %s: %j is 422 %s", async (field, value, type) => {
    const engine = await startControlledEngine();
    const id = await engine.submit(scripted("go", { [field]: value }));
    await engine.completed(id);
    const response = await engine.result(id);
    expect([response.status, await response.json()]).toMatchObject([422, { detail: [{ loc: ["body", field], type }] }]);
  });
});
