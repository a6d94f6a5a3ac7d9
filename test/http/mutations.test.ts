import { print } from "graphql";
import { describe, expect, it } from "vitest";
import {
  CancelInpaintDocument,
  CreateAudioUploadDocument,
  InpaintAudioDocument,
} from "../../src/operations/documents.js";
import { postOperation } from "./clients.js";
import { startTestServer } from "./test-server.js";

const AUDIO_URL = "https://files.test/clip.wav";

describe("inpaintAudio", () => {
  it("applies the model's defaults and accepts the simplest call", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const input = { prompt: "rain", audioUrl: AUDIO_URL };
    const answer = await postOperation(graphqlUrl, { query: print(InpaintAudioDocument), variables: { input } });
    expect(answer).toMatchObject({
      data: { inpaintAudio: { job: { status: "IN_QUEUE", billed: "UNKNOWN" }, userErrors: [] } },
    });
    expect(services.submissions).toStrictEqual([
      {
        caller: { id: "anonymous" },
        input: {
          prompt: "rain",
          audioUrl: AUDIO_URL,
          secondsTotal: null,
          guidanceScale: 1,
          maskStart: 30,
          maskEnd: 190,
          numInferenceSteps: 8,
          seed: null,
        },
        options: { idempotencyKey: null, webhookUrl: null, priority: "NORMAL", startTimeoutSeconds: null },
      },
    ]);
  });

  it("passes every argument on as plain values, inline and as variables alike", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const inline = `mutation { inpaintAudio(
      input: { prompt: "rain", audioUrl: "${AUDIO_URL}", secondsTotal: 41, guidanceScale: 2, maskStart: 3, maskEnd: 4, numInferenceSteps: 5, seed: 18446744073709551615 }
      options: { idempotencyKey: "k", webhookUrl: "https://hooks.test/", priority: LOW, startTimeout: 60 }
    ) { userErrors { code } } }`;
    const variables = {
      input: {
        prompt: "rain",
        audioUrl: AUDIO_URL,
        secondsTotal: 41,
        guidanceScale: 2,
        maskStart: 3,
        maskEnd: 4,
        numInferenceSteps: 5,
        seed: "18446744073709551615",
      },
      options: { idempotencyKey: "k", webhookUrl: "https://hooks.test/", priority: "LOW", startTimeout: 60 },
    };
    await postOperation(graphqlUrl, { query: inline });
    await postOperation(graphqlUrl, { query: print(InpaintAudioDocument), variables });
    const expected = {
      caller: { id: "anonymous" },
      input: { ...variables.input, seed: 18_446_744_073_709_551_615n },
      options: { idempotencyKey: "k", webhookUrl: "https://hooks.test/", priority: "LOW", startTimeoutSeconds: 60 },
    };
    expect(services.submissions).toStrictEqual([expected, expected]);
  });

  it("reports faults as user errors with code and field", async () => {
    const { graphqlUrl } = await startTestServer();
    const input = { prompt: " ", audioUrl: AUDIO_URL };
    const answer = await postOperation(graphqlUrl, { query: print(InpaintAudioDocument), variables: { input } });
    expect(answer).toEqual({
      data: {
        inpaintAudio: {
          job: null,
          userErrors: [{ code: "INVALID", message: "The prompt is blank.", field: ["prompt"] }],
        },
      },
    });
  });

  it("refuses a seed whose digits JSON has lost already", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const input = { prompt: "rain", audioUrl: AUDIO_URL, seed: 2 ** 60 };
    const answer = await postOperation(graphqlUrl, { query: print(InpaintAudioDocument), variables: { input } });
    expect(answer.errors).toMatchObject([
      { message: expect.stringContaining("send a string"), extensions: { code: "BAD_USER_INPUT" } },
    ]);
    expect(services.submissions).toEqual([]);
  });
});

describe("cancelInpaint", () => {
  it("answers what became of it, and NOT_FOUND as a user error", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const query = print(CancelInpaintDocument);
    const { id } = services.addJob();
    const cancelled = await postOperation(graphqlUrl, { query, variables: { id } });
    const again = await postOperation(graphqlUrl, { query, variables: { id } });
    const unknown = await postOperation(graphqlUrl, { query, variables: { id: "nothing" } });
    expect(cancelled).toMatchObject({
      data: { cancelInpaint: { outcome: "CANCELLED", job: { status: "CANCELLED" }, userErrors: [] } },
    });
    expect(again).toMatchObject({ data: { cancelInpaint: { outcome: "ALREADY_FINISHED", userErrors: [] } } });
    expect(unknown).toMatchObject({
      data: { cancelInpaint: { outcome: null, job: null, userErrors: [{ code: "NOT_FOUND", field: ["id"] }] } },
    });
  });
});

describe("createAudioUpload", () => {
  it("gives a signed address", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const input = { fileName: "a.wav", contentType: "audio/wav", fileSize: 5_000_000_000 };
    const answer = await postOperation(graphqlUrl, { query: print(CreateAudioUploadDocument), variables: { input } });
    expect(services.uploads).toEqual([{ fileName: "a.wav", contentType: "audio/wav", fileSizeBytes: 5_000_000_000 }]);
    expect(answer.data).toEqual({
      createAudioUpload: {
        upload: {
          uploadUrl: "https://files.test/put",
          method: "PUT",
          headers: [{ name: "content-type", value: "audio/wav" }],
          fileUrl: "https://files.test/a",
          expiresAt: "2026-11-22T12:00:00.000Z",
        },
        userErrors: [],
      },
    });
  });
});
