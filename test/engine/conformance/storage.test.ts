import { expect, test } from "vitest";
import { ENDPOINT, falClient, scripted, startControlledEngine, wavClip } from "../engine-testkit.js";
import { answer, startStandIn } from "./conformance-testkit.js";

const MEBIBYTE = 1024 * 1024;
const INITIATE = "/storage/upload/initiate?storage_type=fal-cdn-v3";
const MULTIPART = "/storage/upload/initiate-multipart?storage_type=fal-cdn-v3";

interface Addresses {
  upload_url: string;
  file_url: string;
}

async function initiate(path = INITIATE): Promise<Addresses> {
  const engine = await startStandIn();
  const response = await engine.post(path, { content_type: "audio/wav", file_name: "loop.wav" });
  expect(response.status).toBe(200);
  return (await response.json()) as Addresses;
}

/** `{upload_url's path}/{last}` with the signature kept, as the client makes it. */
function below(uploadUrl: string, last: string | number): string {
  const { origin, pathname, search } = new URL(uploadUrl);
  return `${origin}${pathname}/${last}${search}`;
}

async function putPart(
  uploadUrl: string,
  number: number,
  bytes: string,
): Promise<{ partNumber: number; etag: string }> {
  const response = await fetch(below(uploadUrl, number), { method: "PUT", body: new Blob([bytes]) });
  expect(response.status).toBe(200);
  return (await response.json()) as { partNumber: number; etag: string };
}

function complete(uploadUrl: string, parts: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(below(uploadUrl, "complete"), { method: "POST", headers, body: JSON.stringify({ parts }) });
}

test("§8 [wire] an upload is started by its type and name, and answered by two URLs", async () => {
  const { upload_url: uploadUrl, file_url: fileUrl } = await initiate();
  expect(new URL(uploadUrl).search).not.toBe("");
  expect(fileUrl).toMatch(/loop\.wav$/);
});

test("§8 [wire] the bytes are PUT without Authorization and read back without", async () => {
  const { upload_url: uploadUrl, file_url: fileUrl } = await initiate();
  const headers = { "content-type": "audio/wav" };
  expect((await fetch(uploadUrl, { method: "PUT", body: "bytes", headers })).status).toBe(200);
  const file = await fetch(fileUrl);
  expect([file.headers.get("content-type"), await file.text()]).toEqual(["audio/wav", "bytes"]);
});

test("§8 [live] the dead storage type is 400", async () => {
  const engine = await startStandIn();
  for (const path of ["initiate", "initiate-multipart"]) {
    const response = await engine.post(`/storage/upload/${path}?storage_type=gcs`, {});
    expect([response.status, await response.json()]).toEqual([400, { detail: "Invalid storage type" }]);
  }
});

test.each([["x-fal-object-lifecycle"], ["x-fal-object-lifecycle-preference"]])(
  "§8 [wire][src] %s bounds the file's life",
  async (header) => {
    const engine = await startStandIn();
    const lifecycle = { [header]: '{"expiration_duration_seconds":0.001}' };
    const started = await engine.post(INITIATE, { content_type: "audio/wav", file_name: "a.wav" }, lifecycle);
    const { upload_url: uploadUrl, file_url: fileUrl } = (await started.json()) as Addresses;
    await fetch(uploadUrl, { method: "PUT", body: "x", headers: { "content-type": "audio/wav" } });
    await expect.poll(async () => (await fetch(fileUrl)).status, { timeout: 3_000 }).toBe(404);
  },
);

test("§8 [wire] each part's reply has partNumber and etag, and the parts make the file in order", async () => {
  const { upload_url: uploadUrl, file_url: fileUrl } = await initiate(MULTIPART);
  const second = await putPart(uploadUrl, 2, "second");
  const first = await putPart(uploadUrl, 1, "first ");
  expect(first).toEqual({ partNumber: 1, etag: expect.stringMatching(/^".+"$/) });
  expect((await fetch(fileUrl)).status).toBe(404);
  expect((await complete(uploadUrl, [first, second])).status).toBe(200);
  expect(await (await fetch(fileUrl)).text()).toBe("first second");
});

test("§8 [wire] a part that is sent again replaces the one before", async () => {
  const { upload_url: uploadUrl, file_url: fileUrl } = await initiate(MULTIPART);
  const lost = await putPart(uploadUrl, 1, "lost");
  const kept = await putPart(uploadUrl, 1, "kept");
  expect((await complete(uploadUrl, [lost])).status).toBe(400);
  expect((await complete(uploadUrl, [kept])).status).toBe(200);
  expect(await (await fetch(fileUrl)).text()).toBe("kept");
});

test.each([
  [[], 400],
  [[{ partNumber: 3, etag: '"x"' }], 400],
  [[{ partNumber: "1" }], 422],
  ["all", 422],
])("§8 an upload in parts is not completed by %j", async (parts, status) => {
  const { upload_url: uploadUrl } = await initiate(MULTIPART);
  await putPart(uploadUrl, 1, "x");
  expect((await complete(uploadUrl, parts)).status).toBe(status);
});

test("§8 parts need the signed URL and a sound number", async () => {
  const { upload_url: uploadUrl } = await initiate(MULTIPART);
  const put = (url: string) => fetch(url, { method: "PUT", body: "x" });
  expect((await put(below(uploadUrl, 0))).status).toBe(400);
  expect((await put(below(uploadUrl, 1e6))).status).toBe(400);
  expect((await put(below(uploadUrl.replace("signature=", "signature=x"), 1))).status).toBe(403);
  expect((await complete(uploadUrl.replace("signature=", "signature=x"), [])).status).toBe(403);
});

test("§8 the real client uploads a File under its name", async () => {
  const engine = await startStandIn();
  const url = await falClient(engine.url).storage.upload(new File(["bytes"], "loop.wav", { type: "audio/wav" }));
  expect(url).toMatch(/\/loop\.wav$/);
  expect(await (await fetch(url)).text()).toBe("bytes");
  expect((await engine.seen()).total).toMatchObject({ initiate: 1, upload: 1 });
});

test("§8 [wire] the real client names a Blob by the time and its type", async () => {
  const engine = await startStandIn();
  const { storage } = falClient(engine.url);
  expect(await storage.upload(new Blob(["x"], { type: "audio/wav" }))).toMatch(/\/\d{13}\.wav$/);
  const untyped = await storage.upload(new Blob(["x"]));
  expect(untyped).toMatch(/\/\d{13}\.octet$/);
  expect((await fetch(untyped)).headers.get("content-type")).toBe("application/octet-stream");
});

test("§8 [wire] the real client sends more than 90 MiB in parts of 10 MiB", async () => {
  const engine = await startStandIn();
  const bytes = new Uint8Array(91 * MEBIBYTE);
  bytes[0] = 1;
  bytes[bytes.length - 1] = 2;
  const url = await falClient(engine.url).storage.upload(new File([bytes], "long.wav", { type: "audio/wav" }));
  const read = async (range: string) => Buffer.from(await (await fetch(url, { headers: { range } })).arrayBuffer());
  const head = await fetch(url, { method: "HEAD" });
  expect(Number(head.headers.get("content-length"))).toBe(bytes.length);
  expect([...(await read("bytes=0-1")), ...(await read("bytes=-2"))]).toEqual([1, 0, 0, 2]);
  // Ten parts and the completion.
  expect((await engine.seen()).total).toMatchObject({ initiate: 1, upload: 11 });
});

test("§8 [wire] the real client uploads a Blob it finds in the input", async () => {
  const engine = await startControlledEngine();
  const input = { ...scripted("go"), audio_url: new Blob([wavClip(0.1)], { type: "audio/wav" }) };
  const { request_id: id } = await falClient(engine.url).queue.submit(ENDPOINT, { input });
  await engine.completed(id);
  expect((await engine.result(id)).status).toBe(200);
  expect((await engine.seen()).total).toMatchObject({ initiate: 1, upload: 1 });
});

test("§8 [wire] the real client passes data URIs on as they are", async () => {
  const engine = await startControlledEngine();
  const { request_id: id } = await falClient(engine.url).queue.submit(ENDPOINT, { input: scripted("go") });
  await engine.completed(id);
  expect((await engine.result(id)).status).toBe(200);
  expect((await engine.seen()).total).toMatchObject({ initiate: 0 });
});

test("§10 [doc] the request history lists one's requests with their inputs", async () => {
  const engine = await startStandIn();
  const id = await engine.submit({ prompt: "find me", seed: 7 });
  await engine.completed(id);
  const path = `/v1/models/requests/by-endpoint?endpoint_id=${ENDPOINT}&expand=payloads&request_id=${id}`;
  expect(await answer(engine, path)).toEqual([
    200,
    {
      items: [
        {
          request_id: id,
          endpoint_id: ENDPOINT,
          sent_at: expect.any(String),
          started_at: expect.any(String),
          ended_at: expect.any(String),
          status_code: 200,
          json_input: { prompt: "find me", seed: 7 },
        },
      ],
      next_cursor: null,
      has_more: false,
    },
  ]);
});

test.each([
  ["success", 0],
  ["user_error", 1],
  ["error", 2],
])("§10 [doc] the request history has a filter by status: %s", async (status, index) => {
  const outcome = (match: string, made: object) => ({
    fault: "outcome",
    match: { inputContains: match },
    outcome: made,
  });
  const engine = await startStandIn(
    outcome("refused", { kind: "model-error" }),
    outcome("lost", { kind: "infrastructure-error", statusCode: 503, errorType: "runner_disconnected" }),
  );
  const ids: string[] = [];
  for (const prompt of ["fine", "refused", "lost"]) {
    const id = await engine.submit({ prompt });
    await engine.completed(id);
    ids.push(id);
  }
  const path = `/v1/models/requests/by-endpoint?endpoint_id=${ENDPOINT}&status=${status}`;
  expect(await answer(engine, path)).toMatchObject([200, { items: [{ request_id: ids[index] }], has_more: false }]);
});

test("§10 [doc] the request history takes a limit of 100 at most, and a window of time", async () => {
  const engine = await startStandIn();
  await engine.submit({});
  const path = `/v1/models/requests/by-endpoint?endpoint_id=${ENDPOINT}`;
  expect((await engine.get(`${path}&limit=100`)).status).toBe(200);
  expect((await engine.get(`${path}&limit=101`)).status).toBe(400);
  const hour = 60 * 60_000;
  const around = `&start=${new Date(Date.now() - hour).toISOString()}&end=${new Date(Date.now() + hour).toISOString()}`;
  expect(await answer(engine, `${path}${around}`)).toMatchObject([200, { items: [{}] }]);
  const before = `&end=${new Date(Date.now() - hour).toISOString()}`;
  expect(await answer(engine, `${path}${before}`)).toMatchObject([200, { items: [] }]);
});

test("§10 [unverified] the request history lists what is still queued, at once, unless switched", async () => {
  const engine = await startStandIn({ fault: "never-starts" });
  const id = await engine.submit({});
  const path = `/v1/models/requests/by-endpoint?endpoint_id=${ENDPOINT}`;
  expect(await answer(engine, path)).toMatchObject([200, { items: [{ request_id: id }] }]);
  await engine.set({ fault: "history-finished-only" });
  expect(await answer(engine, path)).toMatchObject([200, { items: [] }]);
});
