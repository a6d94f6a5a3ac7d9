import { describe, expect, test } from "vitest";
import { mapFailure } from "../../../src/services/fal/map-failure.js";
import type { JobErrorCode } from "../../../src/services/job.js";

const modelErrors: [number, string, JobErrorCode, boolean][] = [
  [500, "internal_server_error", "UPSTREAM_FAILED", true],
  [500, "downstream_service_unavailable", "UPSTREAM_UNAVAILABLE", true],
  [504, "generation_timeout", "TIMED_OUT", true],
  [400, "downstream_service_error", "UPSTREAM_FAILED", true],
  [500, "downstream_service_error", "UPSTREAM_FAILED", true],
  [422, "content_policy_violation", "CONTENT_REJECTED", false],
  [422, "no_media_generated", "UPSTREAM_FAILED", true],
  [422, "file_download_error", "AUDIO_UNAVAILABLE", false],
  [422, "file_too_large", "AUDIO_UNSUPPORTED", false],
  [422, "audio_duration_too_long", "AUDIO_UNSUPPORTED", false],
  [422, "audio_duration_too_short", "AUDIO_UNSUPPORTED", false],
  [422, "unsupported_audio_format", "AUDIO_UNSUPPORTED", false],
  [422, "greater_than", "INVALID_INPUT", false],
  [422, "greater_than_equal", "INVALID_INPUT", false],
  [422, "less_than", "INVALID_INPUT", false],
  [422, "less_than_equal", "INVALID_INPUT", false],
  [422, "multiple_of", "INVALID_INPUT", false],
  [422, "sequence_too_short", "INVALID_INPUT", false],
  [422, "sequence_too_long", "INVALID_INPUT", false],
  [422, "one_of", "INVALID_INPUT", false],
  [422, "feature_not_supported", "INVALID_INPUT", false],
  [422, "missing", "INVALID_INPUT", false],
  [422, "string_type", "INVALID_INPUT", false],
  [422, "int_parsing", "INVALID_INPUT", false],
  [422, "value_error.missing", "INVALID_INPUT", false],
  [422, "a_type_of_tomorrow", "INVALID_INPUT", false],
  [422, "constructor", "INVALID_INPUT", false],
  [422, "__proto__", "INVALID_INPUT", false],
  [500, "a_type_of_tomorrow", "UPSTREAM_FAILED", true],
];

const infrastructureErrors: [number, string, JobErrorCode, boolean][] = [
  [504, "request_timeout", "TIMED_OUT", true],
  [504, "startup_timeout", "TIMED_OUT", true],
  [503, "runner_scheduling_failure", "UPSTREAM_UNAVAILABLE", true],
  [503, "runner_connection_timeout", "UPSTREAM_UNAVAILABLE", true],
  [503, "runner_connection_refused", "UPSTREAM_UNAVAILABLE", true],
  [503, "runner_connection_error", "UPSTREAM_UNAVAILABLE", true],
  [503, "runner_disconnected", "UPSTREAM_FAILED", true],
  [502, "runner_incomplete_response", "UPSTREAM_FAILED", true],
  [500, "runner_server_error", "UPSTREAM_FAILED", true],
  [500, "internal_error", "UPSTREAM_FAILED", true],
  [499, "client_disconnected", "UPSTREAM_FAILED", true],
  [400, "bad_request", "INVALID_INPUT", false],
  [503, "a_type_of_tomorrow", "UPSTREAM_UNAVAILABLE", true],
];

const bareStatuses: [number, JobErrorCode, boolean, boolean][] = [
  [302, "UPSTREAM_FAILED", true, false],
  [400, "INVALID_INPUT", false, true],
  [401, "UPSTREAM_AUTH", false, true],
  [402, "UPSTREAM_AUTH", false, true],
  [403, "UPSTREAM_AUTH", false, true],
  [404, "RESULT_EXPIRED", true, false],
  [408, "TIMED_OUT", true, false],
  [418, "INVALID_INPUT", false, true],
  [422, "INVALID_INPUT", false, true],
  [429, "UPSTREAM_UNAVAILABLE", true, false],
  [499, "UPSTREAM_FAILED", true, false],
  [500, "UPSTREAM_FAILED", true, false],
  [502, "UPSTREAM_FAILED", true, false],
  [503, "UPSTREAM_UNAVAILABLE", true, false],
  [504, "TIMED_OUT", true, false],
  [599, "UPSTREAM_FAILED", true, false],
];

describe("a failure's meaning", () => {
  test.each(modelErrors)("model error %i %s is %s", (status, type, code, retryable) => {
    const body = { detail: [{ loc: ["body", "audio_url"], msg: "What fal says", type }] };

    const failure = mapFailure(status, {}, body);

    expect(failure.error).toEqual({
      code,
      message: expect.stringMatching(/What fal says$/),
      field: ["audioUrl"],
      upstreamType: type,
      upstreamStatus: status,
      retryable,
    });
    expect(failure.billed).toBe(status >= 500 ? "NO" : "UNKNOWN");
    expect(failure.certain).toBe(true);
    expect(failure.cancelled).toBe(false);
  });

  test.each(infrastructureErrors)("infrastructure error %i %s is %s", (status, type, code, retryable) => {
    const inBody = mapFailure(status, {}, { detail: "What fal says", error_type: type });
    const inHeader = mapFailure(status, { "x-fal-error-type": type }, { detail: "What fal says" });

    expect(inBody.error).toEqual({
      code,
      message: expect.stringMatching(/What fal says$/),
      field: null,
      upstreamType: type,
      upstreamStatus: status,
      retryable,
    });
    expect(inHeader).toEqual(inBody);
    expect(inBody.billed).toBe(status >= 500 ? "NO" : "UNKNOWN");
    expect(inBody.certain).toBe(true);
    expect(inBody.cancelled).toBe(false);
  });

  test.each(bareStatuses)("a bare %i is %s", (status, code, retryable, certain) => {
    const failure = mapFailure(status, {}, "<html>");

    expect(failure.error).toMatchObject({ code, retryable, field: null, upstreamType: null, upstreamStatus: status });
    expect(failure.error.message).not.toContain("<html>");
    expect(failure.certain).toBe(certain);
  });

  test("499 client_cancelled is no failure but a cancel", () => {
    expect(mapFailure(499, {}, { detail: "Cancelled", error_type: "client_cancelled" }).cancelled).toBe(true);
    expect(mapFailure(499, { "x-fal-error-type": "client_cancelled" }, "").cancelled).toBe(true);
  });

  test("a start deadline that passed upstream is told as such, whatever type it carries", () => {
    const headers = { "x-fal-request-timeout-type": "user" };

    const failure = mapFailure(504, headers, { detail: "Timed out", error_type: "runner_scheduling_failure" });

    expect(failure.error).toMatchObject({ code: "TIMED_OUT", retryable: true });
    expect(failure.error.message).toContain("start deadline");
    expect(failure.billed).toBe("NO");
  });

  test("an expired result is told in our words", () => {
    expect(mapFailure(404, {}, { status: "NOT_FOUND" }).error.message).toContain("no longer keeps the result");
  });

  test.each([
    [{ "x-fal-retryable": "true" }, true],
    [{ "x-fal-retryable": "false" }, false],
    [{ "x-fal-needs-retry": "1" }, true],
    [{ "x-fal-needs-retry": "0" }, false],
    [{ "x-fal-retryable": "false", "x-fal-needs-retry": "1" }, false],
  ])("fal's own word on retrying wins: %j", (headers, retryable) => {
    const plain = Object.fromEntries(Object.entries(headers));

    expect(mapFailure(422, plain, { detail: "x" }).error.retryable).toBe(retryable);
    expect(mapFailure(500, plain, { detail: "x" }).error.retryable).toBe(retryable);
  });

  test.each([
    ["0.5", "YES", 0.5],
    ["0", "NO", 0],
    ["", "UNKNOWN", null],
    ["many", "UNKNOWN", null],
    ["Infinity", "UNKNOWN", null],
    ["-1", "UNKNOWN", null],
  ])("billable units %j mean billed %s", (units, billed, billableUnits) => {
    expect(mapFailure(422, { "x-fal-billable-units": units }, {})).toMatchObject({ billed, billableUnits });
  });

  test.each([401, 403, 429, 500, 503])("a %i is not billed", (status) => {
    expect(mapFailure(status, {}, {}).billed).toBe("NO");
  });
});

describe("a failure's words", () => {
  test.each([
    [{ detail: "detail text", message: "m", error: "e" }, "detail text"],
    [{ detail: [{ msg: "first" }, { msg: "second" }], message: "m" }, "first"],
    [{ message: "message", error: "e" }, "message"],
    [{ error: "error" }, "error"],
    [{ detail: [], error: "error" }, "error"],
    [{}, "The engine failed with status 500."],
    [null, "The engine failed with status 500."],
    [[], "The engine failed with status 500."],
    ["Internal Server Error", "The engine failed with status 500."],
  ])("%j says %j", (body, message) => {
    expect(mapFailure(500, {}, body).error.message).toBe(message);
  });

  test("are bounded, and so are type and field", () => {
    const long = "x".repeat(1_000_000);

    expect(mapFailure(500, {}, { detail: long }).error.message).toHaveLength(1_000);
    const { error } = mapFailure(422, {}, { detail: [{ loc: ["body", long, ...Array(50).fill("y")], type: long }] });
    expect(error.upstreamType).toHaveLength(100);
    expect(error.field).toHaveLength(9);
    expect(error.field?.[0]).toHaveLength(100);
  });

  test("hold no signature and no credentials", () => {
    const detail =
      "Failed to fetch https://bucket.example/a.wav?X-Amz-Signature=s3cret (Authorization: Key id-1:s3cret99)";

    const { message } = mapFailure(422, {}, { detail: [{ msg: detail, type: "file_download_error" }] }).error;

    expect(message).toContain("https://bucket.example/a.wav?…");
    expect(message).not.toContain("s3cret");
  });

  test.each<[string, object, string]>([
    [
      "audio_duration_too_long",
      { max_duration: 190, provided_duration: 204.5 },
      "The audio is too long: 204.5 s, at most 190 s are taken. Shorten it.",
    ],
    ["audio_duration_too_long", {}, "The audio is too long. Shorten it."],
    [
      "audio_duration_too_short",
      { min_duration: 6, provided_duration: 2 },
      "The audio is too short: 2 s, at least 6 s are taken. Use a longer one.",
    ],
    ["file_too_large", { max_size: 1000 }, "The audio file is too large: at most 1000 bytes. Shorten or compress it."],
    [
      "unsupported_audio_format",
      { supported_formats: ["wav", "mp3", 7] },
      "The audio's format is not supported; these are: wav, mp3. Convert it, e.g. to WAV.",
    ],
    ["greater_than", { gt: 0 }, "audioUrl must be greater than 0."],
    ["less_than_equal", { le: 190 }, "audioUrl must be at most 190."],
    ["less_than_equal", { le: "190" }, "audioUrl is out of range."],
    ["multiple_of", { multiple_of: 8 }, "audioUrl must be a multiple of 8."],
    ["missing", {}, "audioUrl is missing."],
  ])("%s %j reads plainly", (type, ctx, words) => {
    const { error } = mapFailure(422, {}, { detail: [{ loc: ["body", "audio_url"], msg: "fal's", type, ctx }] });

    expect(error.message).toBe(`${words} The engine said: fal's`);
  });

  test("are plain for every documented type, also where fal says nothing", () => {
    for (const [status, type] of [...modelErrors, ...infrastructureErrors]) {
      const { message } = mapFailure(status, {}, { error_type: type }).error;
      expect(message).toMatch(/^[A-Z].*\.$/);
      expect(message.includes("status") || !message.includes("_")).toBe(true);
    }
  });

  test("are there for a failure that only a status tells of", () => {
    expect(mapFailure(null, {}, { error_type: "startup_timeout" })).toMatchObject({
      error: { code: "TIMED_OUT", upstreamStatus: 504 },
      billed: "NO",
    });
    expect(mapFailure(null, {}, {})).toMatchObject({
      error: { code: "UPSTREAM_FAILED", message: "The engine failed.", upstreamStatus: null, retryable: true },
      billed: "UNKNOWN",
    });
  });

  test.each([
    [["body", "audio_url"], ["audioUrl"]],
    [["body", "num_inference_steps"], ["numInferenceSteps"]],
    [["audio_url"], ["audioUrl"]],
    [
      ["body", "list", 0, "some_name"],
      ["list", "someName"],
    ],
    [["body"], null],
    [[], null],
    ["audio_url", null],
    [undefined, null],
  ])("the place %j is the field %j", (loc, field) => {
    expect(mapFailure(422, {}, { detail: [{ loc, msg: "x", type: "missing" }] }).error.field).toEqual(field);
  });
});
