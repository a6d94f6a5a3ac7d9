import { describe, expect, it } from "vitest";
import {
  CreateAudioUploadDocument,
  InpaintAudioDocument,
  InpaintJobDocument,
  InpaintJobsDocument,
  InpaintProgressDocument,
} from "../../src/operations/documents.js";
import { startTestApp, type TestApp } from "../support/start-test-app.js";

function post(app: TestApp, body: string): Promise<Response> {
  return fetch(app.graphqlUrl, { method: "POST", headers: { "content-type": "application/json" }, body });
}

/** The error a watch ends with before any update. */
async function watchFailure(app: TestApp, jobId: string, after?: string): Promise<unknown> {
  const query = InpaintProgressDocument.loc?.source.body;
  return new Promise((resolve, reject) => {
    app.connect().subscribe(
      {
        query:
          query ??
          "subscription ($jobId: ID!, $after: String) { inpaintProgress(jobId: $jobId, after: $after) { cursor } }",
        variables: { jobId, after },
      },
      {
        next: (result) => resolve(result.errors),
        error: resolve,
        complete: () => reject(new Error("It completed.")),
      },
    );
  });
}

describe("bad input", () => {
  it("is told all at once, and stores nothing", async () => {
    const app = await startTestApp();
    const input = {
      prompt: " ",
      audioUrl: "ftp://x",
      maskStart: 9,
      maskEnd: 3,
      guidanceScale: 99,
      numInferenceSteps: 1,
      secondsTotal: 900,
    };

    const { inpaintAudio } = await app.run(InpaintAudioDocument, { input, options: { startTimeout: 1 } });

    expect(inpaintAudio.job).toBeNull();
    expect(inpaintAudio.userErrors.map(({ code, field }) => `${code} ${field?.join(".")}`).sort()).toEqual([
      "INVALID audioUrl",
      "INVALID prompt",
      "MASK_INVALID maskEnd",
      "OUT_OF_RANGE guidanceScale",
      "OUT_OF_RANGE numInferenceSteps",
      "OUT_OF_RANGE options.startTimeout",
      "OUT_OF_RANGE secondsTotal",
    ]);
    expect((await app.run(InpaintJobsDocument, {})).inpaintJobs.nodes).toEqual([]);
  });

  it("that is no JSON is refused with 400 and words", async () => {
    const app = await startTestApp();
    const response = await post(app, '{"query": ');

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ message: expect.stringMatching(/JSON/) }] });
  });

  it.each([
    ["an unknown field of the API", { query: "{ inpaintJobz }" }, /inpaintJobz/],
    [
      "an unknown field of the input",
      { query: 'mutation { inpaintAudio(input: { prompt: "a", audioUrl: "b", masq: 1 }) { job { id } } }' },
      /masq/,
    ],
  ])("with %s is refused by name", async (_name, operation, words) => {
    const app = await startTestApp();
    const response = await post(app, JSON.stringify(operation));

    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringMatching(words), extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }],
    });
  });

  it.each(["", "not-an-id", "'; DROP TABLE job; --", "a".repeat(10_000), "\u0000"])(
    "finds nothing for the id %j",
    async (id) => {
      const app = await startTestApp();

      expect(await app.run(InpaintJobDocument, { id, lastLogs: 1 })).toEqual({ inpaintJob: null });
    },
  );

  it("tells a watcher of an unknown job or cursor what is wrong", async () => {
    const app = await startTestApp();
    const { id } = await app.submit();
    const other = await app.submit();

    expect(await watchFailure(app, "not-an-id")).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
    expect(await watchFailure(app, id, "not-a-cursor")).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    expect(await watchFailure(app, id, other.cursor)).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    const { errors } = await app.answer(InpaintJobsDocument, { first: 1, after: other.cursor });
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
  });

  it("of 200 MB is refused with 413 and the server goes on", async () => {
    const app = await startTestApp();
    const block = Buffer.alloc(1024 * 1024, "A");
    const body = new ReadableStream({
      start: (controller) =>
        controller.enqueue(
          Buffer.from('{"query":"mutation { inpaintAudio }","variables":{"a":"data:audio/wav;base64,'),
        ),
      pull(controller) {
        sentMegabytes += 1;
        if (sentMegabytes > 200) controller.close();
        else controller.enqueue(block);
      },
    });
    let sentMegabytes = 0;

    const response = await fetch(app.graphqlUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      duplex: "half",
    } as RequestInit);

    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ errors: [{ message: expect.stringMatching(/createAudioUpload/) }] });
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
  });

  it("over the limit for data: URIs points to uploads", async () => {
    const app = await startTestApp({ MAX_DATA_URI_BYTES: "1000" });
    const audioUrl = `data:audio/wav;base64,${"A".repeat(1_336)}`;

    const { inpaintAudio } = await app.run(InpaintAudioDocument, { input: { prompt: "x", audioUrl } });

    expect(inpaintAudio.userErrors).toMatchObject([
      {
        code: "AUDIO_INVALID",
        field: ["audioUrl"],
        message: expect.stringMatching(/1000 bytes, got 1002.*createAudioUpload/),
      },
    ]);
  });

  it("that is an empty file is refused before it is uploaded, and as data", async () => {
    const app = await startTestApp();
    const file = { fileName: "silence.wav", contentType: "audio/wav", fileSize: 0 };

    const { createAudioUpload } = await app.run(CreateAudioUploadDocument, { input: file });
    const { inpaintAudio } = await app.run(InpaintAudioDocument, {
      input: { prompt: "x", audioUrl: "data:audio/wav;base64," },
    });

    expect(createAudioUpload).toMatchObject({
      upload: null,
      userErrors: [{ code: "AUDIO_INVALID", field: ["fileSize"] }],
    });
    expect(inpaintAudio).toMatchObject({ job: null, userErrors: [{ code: "AUDIO_INVALID", field: ["audioUrl"] }] });
  });
});
