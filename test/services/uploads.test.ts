import { expect, it } from "vitest";
import { UnavailableError } from "../../src/errors.js";
import type { UploadRequest } from "../../src/services/services.js";
import { createUpload } from "../../src/services/uploads.js";
import { CALLER } from "../support/make-job.js";
import { unlimited } from "../support/open-access.js";
import { openStore } from "../support/open-store.js";
import { json } from "../support/scripted-upstream.js";
import { INITIATE, startQueue } from "./fal/fal-testkit.js";

async function openUploads() {
  const { upstream, queue } = await startQueue();
  const { database } = await openStore();
  const dependencies = { queue, quotas: unlimited(database), clock: Date.now, maxUploadBytes: 1_000 };
  return { upstream, create: (upload: UploadRequest) => createUpload(dependencies, CALLER, upload) };
}

function makeUpload(overrides: Partial<UploadRequest> = {}): UploadRequest {
  return { fileName: "take 3.wav", contentType: "audio/wav", fileSizeBytes: 1_000, ...overrides };
}

it("gives out upstream's signed address and the header that it needs", async () => {
  const { upstream, create } = await openUploads();
  upstream.on(
    INITIATE,
    json(200, { upload_url: "https://v3b.fal.media/x?sig=1", file_url: "https://v3b.fal.media/x" }),
  );

  const { upload } = await create(makeUpload());

  expect(upload).toEqual({
    uploadUrl: "https://v3b.fal.media/x?sig=1",
    method: "PUT",
    headers: [{ name: "Content-Type", value: "audio/wav" }],
    fileUrl: "https://v3b.fal.media/x",
    expiresAt: null,
  });
  expect(JSON.parse(upstream.seen(INITIATE)[0]?.body ?? "")).toEqual({
    file_name: "take 3.wav",
    content_type: "audio/wav",
    file_size: 1000,
  });
});

it.each<[string, Partial<UploadRequest>, string, string]>([
  ["an empty name", { fileName: " " }, "INVALID", "fileName"],
  ["a path for a name", { fileName: "../../etc/passwd" }, "INVALID", "fileName"],
  ["a Windows path for a name", { fileName: "C:\\take.wav" }, "INVALID", "fileName"],
  ["a line break in the name", { fileName: "a\r\nb.wav" }, "INVALID", "fileName"],
  ["a name without end", { fileName: "a".repeat(201) }, "INVALID", "fileName"],
  ["what is no audio", { contentType: "text/html" }, "INVALID", "contentType"],
  ["a header in the type", { contentType: "audio/wav\r\nx: y" }, "INVALID", "contentType"],
  ["an empty file", { fileSizeBytes: 0 }, "AUDIO_INVALID", "fileSize"],
  ["a negative size", { fileSizeBytes: -5 }, "AUDIO_INVALID", "fileSize"],
  ["a file that is too large", { fileSizeBytes: 1_001 }, "OUT_OF_RANGE", "fileSize"],
])("refuses %s without asking upstream", async (_name, overrides, code, field) => {
  const { upstream, create } = await openUploads();

  const { upload, faults } = await create(makeUpload(overrides));

  expect(upload).toBeNull();
  expect(faults).toEqual([{ code, field: [field], message: expect.stringMatching(/got /) }]);
  expect(upstream.requests).toEqual([]);
});

it("tells every fault at once", async () => {
  const { create } = await openUploads();

  const { faults } = await create({ fileName: "", contentType: "", fileSizeBytes: 0 });

  expect(faults.map(({ field }) => field?.[0])).toEqual(["fileName", "contentType", "fileSize"]);
});

it("says that storage is not available rather than that the server is broken", async () => {
  const { upstream, create } = await openUploads();
  upstream.on(INITIATE, json(503, {}));

  const failure = await create(makeUpload()).catch((error: Error) => error);

  expect(failure).toBeInstanceOf(UnavailableError);
  expect((failure as Error).message).toMatch(/answered 503.*Try again later/);
});
