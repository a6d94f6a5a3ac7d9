import { createHash } from "node:crypto";
import { request } from "node:http";
import fc from "fast-check";
import { print } from "graphql";
import { expect, test } from "vitest";
import {
  CancelInpaintDocument,
  CreateAudioUploadDocument,
  InpaintJobsDocument,
} from "../../src/operations/documents.js";
import { runOverEvents } from "../http/clients.js";
import { startTestApp } from "../support/start-test-app.js";
import { CLIP } from "../support/test-client.js";
import { fuzz } from "./fuzz.js";
import { anyJson, damaged, OPERATIONS } from "./hostile-values.js";

/** The whole product, with its store and engine. */
async function startApp() {
  const app = await startTestApp();
  const job = await app.submit();
  const updates = await app.follow(job.id);
  const last = updates.at(-1);
  const post = async (query: string, variables: unknown) => {
    const response = await fetch(app.graphqlUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    expect(response.status).toBeLessThan(500);
    const text = await response.text();
    expect(text).not.toContain("INTERNAL_SERVER_ERROR");
    return JSON.parse(text);
  };
  return { app, job, post, cursor: last?.cursor ?? "", audioUrl: last?.job.output?.audio.url ?? "" };
}

test("no variables make a resolver or a service fail", async () => {
  const { post, job, cursor } = await startApp();
  const plausible = fc.constantFrom<unknown>(
    job.id,
    cursor,
    1,
    5,
    null,
    "FAILED",
    ["COMPLETED"],
    "2026-01-01T00:00:00Z",
    CLIP,
    "https://127.0.0.1/a.wav",
    "audio/wav",
    { createdAfter: "2026-01-01T00:00:00Z" },
  );
  const value = fc.oneof(anyJson, plausible);
  const input = fc.record(
    {
      prompt: value,
      audioUrl: fc.oneof(anyJson, fc.webUrl(), damaged(["data:audio/wav;base64,UklGRg=="])),
      maskStart: value,
      maskEnd: value,
      seed: value,
      secondsTotal: value,
      guidanceScale: value,
      numInferenceSteps: value,
      fileName: fc.string(),
      contentType: fc.string(),
      fileSize: value,
    },
    { requiredKeys: [] },
  );
  const names = ["id", "jobId", "after", "before", "first", "last", "filter", "lastLogs"];
  const variables = fc.record(
    {
      ...Object.fromEntries(names.map((name) => [name, value])),
      input,
      options: fc.dictionary(fc.constantFrom("idempotencyKey", "webhookUrl", "priority", "startTimeout"), value),
    },
    { requiredKeys: [] },
  );
  await fuzz(
    fc.tuple(fc.constantFrom(...OPERATIONS), variables),
    async ([query, given]) => void (await post(query, given)),
  );
});

test("no cursor gives anything but a page, what comes after it, or a refusal", async () => {
  const { app, post, job, cursor } = await startApp();
  const { inpaintJobs } = await app.run(InpaintJobsDocument, {});
  const cursors = [cursor, inpaintJobs.pageInfo.endCursor ?? ""];
  const forged = fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString("base64url"));
  const near = fc
    .tuple(
      fc.constantFrom("event", "list", "x"),
      fc.oneof(fc.constant(job.id), fc.maxSafeInteger(), fc.string()),
      fc.oneof(fc.constant(job.id), fc.maxSafeInteger(), fc.double()),
    )
    .map((parts) => Buffer.from(JSON.stringify(parts)).toString("base64url"));
  const progress = "subscription ($id: ID!, $after: String) { inpaintProgress(jobId: $id, after: $after) { cursor } }";
  await fuzz(fc.oneof(damaged(cursors), forged, near, fc.string({ unit: "binary" })), async (after) => {
    const { errors = [] } = await post(print(InpaintJobsDocument), { after });
    const answers = await runOverEvents(app.graphqlUrl, { query: progress, variables: { id: job.id, after } });
    const codes = [...errors, ...(answers.at(-1)?.errors ?? [])].map(({ extensions }) => extensions?.code);
    expect(codes.filter((code) => code !== "BAD_USER_INPUT")).toEqual([]);
  });
});

test("no range request gets more or less than the bytes it asked for", async () => {
  const { audioUrl } = await startApp();
  const whole = Buffer.from(await (await fetch(audioUrl)).arrayBuffer());
  const bound = fc.oneof(
    fc.constant(""),
    fc.nat(2 * whole.length).map(String),
    fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String),
    fc.string({ maxLength: 3 }),
  );
  const range = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(bound, bound).map(([from, to]) => `bytes=${from}-${to}`) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.tuple(bound, bound), { maxLength: 20 })
        .map((parts) => `bytes=${parts.map((part) => part.join("-")).join(",")}`),
    },
    { weight: 1, arbitrary: fc.string() },
  );
  await fuzz(range, async (value) => {
    const header = value.replace(/[^\t\x20-\x7e]/g, "?");
    const response = await fetch(audioUrl, { headers: { range: header } });
    const body = Buffer.from(await response.arrayBuffer());
    expect([200, 206, 416]).toContain(response.status);
    if (response.status === 200) expect(body.equals(whole)).toBe(true);
    if (response.status !== 206) return;
    const [, start, end, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get("content-range") ?? "") ?? [];
    expect(Number(size)).toBe(whole.length);
    expect(body.equals(whole.subarray(Number(start), Number(end) + 1))).toBe(true);
  });
});

/** Sends the path as it is: fetch would take ".." for a step up. */
function statusOf(url: string, method: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const sent = request({ hostname, port, method, path }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode));
    });
    sent.once("error", reject);
    sent.end(method === "PUT" ? "x" : undefined);
  });
}

test("no file name, upload or path leads anywhere else", async () => {
  const { app, post } = await startApp();
  const name = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(fc.constantFrom("..", ".", "/", "\\", "%2e", "%00", "a.wav"), { maxLength: 8 })
      .map((parts) => parts.join("")),
  );
  await fuzz(fc.tuple(name, fc.string({ unit: "binary", maxLength: 40 })), async ([fileName, contentType]) => {
    const { data } = await post(print(CreateAudioUploadDocument), { input: { fileName, contentType, fileSize: 10 } });
    const upload = data?.createAudioUpload?.upload;
    if (upload) expect(new URL(upload.uploadUrl).origin).toBe(new URL(app.url).origin);
    for (const folder of ["files", "uploads"]) {
      const path = `/${folder}/${encodeURIComponent(fileName)}/${encodeURIComponent(contentType)}`;
      const status = await statusOf(app.url, folder === "files" ? "GET" : "PUT", path);
      expect([400, 403, 404, 405, 414]).toContain(status);
    }
    await post(print(CancelInpaintDocument), { id: fileName });
  });
});

test("no parts of an upload, named in whatever way, make more of a file than was declared", async () => {
  const { app, post } = await startApp();
  const input = { fileName: "a.wav", contentType: "audio/wav", fileSize: 10 };
  const { data } = await post(print(CreateAudioUploadDocument), { input });
  const { uploadUrl, fileUrl } = data.createAudioUpload.upload;
  const [address, query] = uploadUrl.split("?");
  const number = fc.oneof(fc.integer({ min: -1, max: 300 }).map(String), fc.string({ maxLength: 5 }));
  const named = fc.record({ partNumber: fc.oneof(fc.integer({ min: 1, max: 3 }), anyJson), etag: fc.string() });
  const parts = fc.oneof(anyJson, fc.array(named, { maxLength: 3 }), fc.constant([]));
  await fuzz(fc.tuple(number, fc.nat(12), parts), async ([part, sizeBytes, list]) => {
    const place = `${address}/${encodeURIComponent(part)}`;
    const put = await fetch(`${place}?${query}`, { method: "PUT", body: Buffer.alloc(sizeBytes) });
    const came = JSON.parse((await put.text()) || "{}");
    const genuine = put.ok ? [{ partNumber: Number(part), etag: came.etag }] : [];
    const completed = await fetch(`${address}/complete?${query}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ parts: Array.isArray(list) ? [...genuine, ...genuine, ...list] : list }),
    });
    await completed.text();
    for (const { status } of [put, completed]) expect(status).toBeLessThan(500);
    const file = await fetch(fileUrl);
    const { byteLength } = await file.arrayBuffer();
    if (file.ok) expect(byteLength).toBeLessThanOrEqual(10);
  });
  expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
});

test("no credential but the very ones that were given out lets anyone in", async () => {
  const secret = "s3cret-of-the-studio";
  const key = `studio:${createHash("sha256").update(secret).digest("hex")}`;
  const app = await startTestApp({ AUTH: "keys", API_KEYS: key });
  const ask = async (authorization: string, query: string) => {
    const headers = { "content-type": "application/json", authorization };
    const response = await fetch(app.graphqlUrl, { method: "POST", headers, body: JSON.stringify({ query }) });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const input = `{ prompt: "a", audioUrl: "${CLIP}", maskStart: 1, maskEnd: 2 }`;
  const submitted = await ask(`Bearer ${secret}`, `mutation { inpaintAudio(input: ${input}) { job { id } } }`);
  const { id } = submitted.body.data.inpaintAudio.job;
  const minted = await ask(`Bearer ${secret}`, `mutation { createWatchToken(jobId: "${id}") { token } }`);
  const { token } = minted.body.data.createWatchToken;
  expect((await ask(`Bearer ${token}`, `{ inpaintJob(id: "${id}") { id } }`)).status).toBe(200);

  const forged = fc
    .oneof(damaged([token, secret]), fc.string(), fc.base64String())
    .map((text) => text.replace(/[^\x21-\x7e]/g, "x"));
  await fuzz(forged, async (credential) => {
    if (credential === token || credential === secret) return;
    const { status, body } = await ask(`Bearer ${credential}`, "{ viewer { id } }");
    expect(status).toBe(401);
    expect(body.errors[0].extensions.code).toBe("UNAUTHENTICATED");
  });
});
