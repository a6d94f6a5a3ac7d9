import { expect, it } from "vitest";
import type { Job } from "../../../src/services/job.js";
import { webhookBody } from "../../../src/services/webhooks/webhook-body.js";
import { makeJob, SOME_ERROR, SOME_OUTPUT } from "../../support/make-job.js";

function failed(error: Partial<typeof SOME_ERROR>, overrides: Partial<Job> = {}): Record<string, unknown> {
  const job = makeJob({ requestId: "r1", status: "FAILED", error: { ...SOME_ERROR, ...error }, ...overrides });
  return JSON.parse(webhookBody(job));
}

it("a completed job is told in fal's very text, its seed to the last digit", () => {
  const output = { ...SOME_OUTPUT, seed: 196619188014358661n };

  expect(webhookBody(makeJob({ requestId: "r1", status: "COMPLETED", output }))).toBe(
    `{"error": null, "gateway_request_id": "r1", "payload": {"audio": {"content_type": "audio/wav", "file_name": null, ` +
      `"file_size": 9, "url": "https://files.example/out.wav"}, "seed": 196619188014358661}, "request_id": "r1", "status": "OK"}`,
  );
});

it("a fault of the input has the form of fal's model errors", () => {
  const detail = {
    field: ["audioUrl"],
    message: "Too long.",
    upstreamType: "audio_duration_too_long",
    upstreamStatus: 422,
  };

  expect(failed(detail)).toEqual({
    status: "ERROR",
    error: "Invalid status code: 422",
    payload: { detail: [{ loc: ["body", "audio_url"], msg: "Too long.", type: "audio_duration_too_long" }] },
    request_id: "r1",
    gateway_request_id: "r1",
  });
});

it("a fault of the infrastructure has the form of fal's request errors", () => {
  expect(failed({ upstreamStatus: 503, upstreamType: "runner_disconnected", message: "Gone." })).toMatchObject({
    status: "ERROR",
    error: "Invalid status code: 503",
    payload: { detail: "Gone.", error_type: "runner_disconnected" },
  });
});

it("a job that upstream never took is named by its own id, and says why it ended in our words", () => {
  const job = { id: "job-1", requestId: null };
  const unsent = { code: "TIMED_OUT", upstreamStatus: null, message: "Not sent in time." } as const;

  expect(failed({ ...unsent, field: ["options", "startTimeout"] }, job)).toEqual({
    status: "ERROR",
    error: "Not sent in time.",
    payload: { detail: "Not sent in time.", error_type: "timed_out" },
    request_id: "job-1",
    gateway_request_id: "job-1",
  });
  expect(failed({ ...unsent, code: "SUBMISSION_UNCONFIRMED" }, job)).toMatchObject({
    payload: { error_type: "submission_unconfirmed" },
    request_id: "job-1",
  });
  expect(JSON.parse(webhookBody(makeJob({ ...job, status: "CANCELLED" })))).toEqual({
    status: "ERROR",
    error: "Invalid status code: 499",
    payload: { detail: "The request was cancelled.", error_type: "client_cancelled" },
    request_id: "job-1",
    gateway_request_id: "job-1",
  });
});
