import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { CreateAudioUploadDocument } from "../../src/operations/documents.js";
import { freePort } from "../support/free-port.js";
import { startTestApp, type TestApp } from "../support/start-test-app.js";
import { dataUri, makeWav } from "../support/wav-fixture.js";

async function createUpload(app: TestApp, fileName: string, contentType: string, bytes: Buffer) {
  const input = { fileName, contentType, fileSize: bytes.length };
  const { createAudioUpload } = await app.run(CreateAudioUploadDocument, { input });
  expect(createAudioUpload.userErrors).toEqual([]);
  if (!createAudioUpload.upload) throw new Error("There is no upload.");
  return createAudioUpload.upload;
}

function put(upload: Awaited<ReturnType<typeof createUpload>>, body: Buffer): Promise<Response> {
  const headers = Object.fromEntries(upload.headers.map(({ name, value }) => [name, value]));
  return fetch(upload.uploadUrl, { method: upload.method, headers, body: new Uint8Array(body) });
}

it("takes an MP3 by signed upload, on the server's own port, and gives the result in ranges", async () => {
  const app = await startTestApp();
  const bytes = await readFile(new URL("../../examples/clip.mp3", import.meta.url));
  const upload = await createUpload(app, "clip.mp3", "audio/mpeg", bytes);
  expect(new URL(upload.uploadUrl).origin).toBe(app.url);
  expect((await put(upload, bytes)).status).toBe(200);
  const stored = await fetch(upload.fileUrl);
  expect(Buffer.from(await stored.arrayBuffer()).equals(bytes)).toBe(true);

  const job = await app.submit({ audioUrl: upload.fileUrl, maskStart: 10, maskEnd: 12 });
  const end = (await app.follow(job.id)).at(-1);
  const url = end?.job.output?.audio.url ?? "";
  const whole = Buffer.from(await (await fetch(url)).arrayBuffer());
  const part = await fetch(url, { headers: { range: "bytes=44-143" } });
  const beyond = await fetch(url, { headers: { range: `bytes=${whole.length}-` } });

  expect(job.input.audioUrl).toBe(upload.fileUrl);
  expect(new URL(url).origin).toBe(app.url);
  expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 44-143/${whole.length}`]);
  expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(44, 144))).toBe(true);
  expect(beyond.status).toBe(416);
});

it("fails a job whose file was never uploaded", async () => {
  const app = await startTestApp({ PREFLIGHT: "off" });
  const upload = await createUpload(app, "late.wav", "audio/wav", Buffer.alloc(9));

  const { id } = await app.submit({ audioUrl: upload.fileUrl });

  expect((await app.follow(id)).at(-1)?.job.error).toMatchObject({ code: "AUDIO_UNAVAILABLE", field: ["audioUrl"] });
});

it("takes no upload that it did not sign", async () => {
  const app = await startTestApp();
  const upload = await createUpload(app, "a.wav", "audio/wav", Buffer.alloc(9));

  const forged = await put(
    { ...upload, uploadUrl: upload.uploadUrl.replace(/(?<=signature=)./, (first) => (first === "A" ? "B" : "A")) },
    Buffer.alloc(9),
  );

  expect(forged.status).toBe(403);
});

it("takes no more and no less than the size that was declared, whole or in parts", async () => {
  const app = await startTestApp();
  const upload = await createUpload(app, "a.wav", "audio/wav", Buffer.alloc(9));
  const [address = "", query = ""] = upload.uploadUrl.split("?");

  for (const bytes of [8, 10, 1_000_000]) expect((await put(upload, Buffer.alloc(bytes))).status).toBe(403);
  const part = await put({ ...upload, uploadUrl: `${address}/1?${query}` }, Buffer.alloc(10));
  const unannounced = await fetch(upload.uploadUrl, {
    method: "PUT",
    headers: { "content-type": "audio/wav" },
    body: new Blob([Buffer.alloc(10)]).stream(),
    duplex: "half",
  } as RequestInit);
  const resized = await put({ ...upload, uploadUrl: upload.uploadUrl.replace("size=9", "size=10") }, Buffer.alloc(10));

  expect([part.status, unannounced.status, resized.status]).toEqual([413, 413, 403]);
  expect((await fetch(upload.fileUrl)).status).toBe(404);
  expect((await put(upload, Buffer.alloc(9))).status).toBe(200);
});

it("passes a large data: URI on as a file, and shows it shortened", async () => {
  const app = await startTestApp();
  const bytes = makeWav({ seconds: 6, sampleRate: 16_000 });

  const job = await app.submit({ audioUrl: dataUri(bytes) });

  expect(job.input.audioUrl).toBe(`data:audio/wav;base64,(${bytes.length} bytes)`);
  expect((await app.follow(job.id)).at(-1)?.status).toBe("COMPLETED");
});

it("makes addresses on PUBLIC_URL, also below a path, and reads them as its own", async () => {
  const port = await freePort();
  const publicUrl = `http://localhost:${port}/studio`;
  const app = await startTestApp(
    { PORT: String(port), PUBLIC_URL: publicUrl },
    {
      reachedAt: `http://localhost:${port}`,
    },
  );
  const bytes = makeWav({ seconds: 6, sampleRate: 16_000 });
  const upload = await createUpload(app, "a.wav", "audio/wav", bytes);
  expect([upload.uploadUrl, upload.fileUrl].every((url) => url.startsWith(`${publicUrl}/`))).toBe(true);
  // What a proxy in front does.
  await put({ ...upload, uploadUrl: upload.uploadUrl.replace("/studio", "") }, bytes);

  const byUrl = await app.submit({ audioUrl: upload.fileUrl });
  const byData = await app.submit({ audioUrl: dataUri(bytes) });

  for (const { id } of [byUrl, byData]) {
    const { job } = (await app.follow(id)).at(-1) ?? {};
    expect(job?.error).toBeNull();
    expect(job?.output?.audio.url).toMatch(new RegExp(`^${publicUrl}/files/`));
  }
});
