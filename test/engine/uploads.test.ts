import { readdir } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadSigningKey, UploadSigner } from "../../src/engine/queue-server/upload-signature.js";
import { startEngine } from "./engine-testkit.js";
import type { Upload } from "./upload-testkit.js";
import { initiate, put } from "./upload-testkit.js";

/** A PUT that announces its size and sends nothing more until the answer is there. */
function announce(url: string, sizeBytes: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "audio/wav", "content-length": sizeBytes };
    const request = httpRequest(url, { method: "PUT", headers }, (response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    request.on("error", reject);
    request.flushHeaders();
  });
}

describe("uploads", () => {
  it("takes the bytes once and gives them out under the file URL", async () => {
    const engine = await startEngine();
    const { upload_url: uploadUrl, file_url: fileUrl } = await initiate(engine);
    expect((await fetch(fileUrl)).status).toBe(404);
    expect((await put(uploadUrl, "some bytes")).status).toBe(200);
    const file = await fetch(fileUrl);
    expect(await file.text()).toBe("some bytes");
    expect(file.headers.get("content-type")).toBe("audio/wav");
    expect(file.headers.get("x-content-type-options")).toBe("nosniff");
    expect(file.headers.get("content-disposition")).toBe('inline; filename="loop.wav"');
    expect((await put(uploadUrl, "other bytes")).status).toBe(409);
    expect(await (await fetch(fileUrl)).text()).toBe("some bytes");
  });

  it("takes only one of two uploads that come at once", async () => {
    const engine = await startEngine();
    const { upload_url: uploadUrl } = await initiate(engine);
    const replies = await Promise.all([put(uploadUrl, "a".repeat(1e6)), put(uploadUrl, "b".repeat(1e6))]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it.each([
    ["signature", "AAAA"],
    ["expires", "9999999999"],
    ["content_type", "text/html"],
    ["lifetime", "60"],
  ])("refuses an upload URL whose %s was altered", async (name, value) => {
    const engine = await startEngine();
    const url = new URL((await initiate(engine)).upload_url);
    url.searchParams.set(name, value);
    expect((await put(url.href, "x", name === "content_type" ? value : "audio/wav")).status).toBe(403);
  });

  it("refuses another file, name or type than was signed", async () => {
    const engine = await startEngine();
    const first = new URL((await initiate(engine)).upload_url);
    const second = new URL((await initiate(engine)).upload_url);
    expect((await put(`${first.origin}${second.pathname}${first.search}`, "x")).status).toBe(403);
    expect((await put(first.href.replace("loop.wav", "evil.wav"), "x")).status).toBe(403);
    expect((await put(first.href, "x", "text/html")).status).toBe(403);
    expect((await put(first.href, "x", "Audio/WAV")).status).toBe(200);
  });

  it("refuses an expired upload URL", async () => {
    const engine = await startEngine();
    const { upload_url: uploadUrl } = await initiate(engine);
    const signer = new UploadSigner(loadSigningKey(join(engine.dataDir, "upload-key")));
    const url = new URL(uploadUrl);
    const [fileId = "", fileName = ""] = url.pathname.split("/").slice(2);
    const grant = {
      fileId,
      fileName,
      contentType: "audio/wav",
      sizeBytes: null,
      expiresAtSeconds: 1_000_000,
      lifetimeSeconds: null,
    };
    url.searchParams.set("expires", "1000000");
    url.searchParams.set("signature", signer.sign(grant));
    const reply = await put(url.href, "x");
    expect(reply.status).toBe(403);
    expect(await reply.json()).toEqual({ detail: "The upload URL has expired" });
  });

  it("refuses an empty upload and leaves the URL usable", async () => {
    const engine = await startEngine();
    const { upload_url: uploadUrl } = await initiate(engine);
    expect((await put(uploadUrl, "")).status).toBe(400);
    expect((await put(uploadUrl, "x")).status).toBe(200);
  });

  it("refuses more than 90 MB, announced or not, and keeps nothing of it", async () => {
    const engine = await startEngine();
    const { upload_url: uploadUrl } = await initiate(engine);
    expect(await announce(uploadUrl, 90 * 1024 * 1024 + 1)).toBe(413);
    const chunk = new Uint8Array(1024 * 1024);
    let sentChunks = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sentChunks++;
        if (sentChunks > 91) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const init = { method: "PUT", body: endless, duplex: "half", headers: { "content-type": "audio/wav" } };
    expect((await fetch(uploadUrl, init as RequestInit)).status).toBe(413);
    expect(await readdir(join(engine.dataDir, "files"))).toEqual([]);
  });

  it("keeps nothing of an upload that is cut off", async () => {
    const engine = await startEngine();
    const { upload_url: uploadUrl, file_url: fileUrl } = await initiate(engine);
    await new Promise<void>((resolve) => {
      const headers = { "content-type": "audio/wav", "content-length": 1000 };
      const request = httpRequest(uploadUrl, { method: "PUT", headers });
      request.on("error", () => {});
      request.on("close", resolve);
      request.write("half", () => request.destroy());
    });
    await engine.close();
    expect((await readdir(join(engine.dataDir, "files"))).filter((name) => name.length === 32)).toEqual([]);
    expect(fileUrl).toContain("/files/");
  });

  it.each([
    ["../../../etc/passwd", "passwd"],
    ["..\\..\\boot.ini", "boot.ini"],
    ["my tune (final).mp3", "my_tune_final_.mp3"],
    [".hidden", "hidden"],
    ["..", "file"],
    ["", "file"],
    ['a"b\r\nc.wav', "a_b_c.wav"],
    ["ü/ö.wav", "wav"],
  ])("names the file %j as %s", async (fileName, expected) => {
    const engine = await startEngine();
    const { file_url: fileUrl } = await initiate(engine, fileName);
    expect(fileUrl).toMatch(new RegExp(`/files/[0-9a-f]{32}/${expected.replaceAll(".", "\\.")}$`));
  });

  it("lets web pages of other origins send and fetch files, and nothing else", async () => {
    const engine = await startEngine();
    const { upload_url: uploadUrl, file_url: fileUrl } = await initiate(engine);
    const origin = "http://studio.example";
    const asking = { origin, "access-control-request-method": "PUT", "access-control-request-headers": "content-type" };
    const allowed = await fetch(uploadUrl, { method: "OPTIONS", headers: asking });
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-methods")).toBe("PUT, POST");
    expect(allowed.headers.get("access-control-allow-headers")).toBe("content-type");
    expect((await put(uploadUrl, "x")).headers.get("access-control-allow-origin")).toBe("*");
    expect((await fetch(fileUrl, { headers: { origin } })).headers.get("access-control-allow-origin")).toBe("*");
    const other = await fetch(`${new URL(fileUrl).origin}/storage/upload/initiate`, {
      method: "OPTIONS",
      headers: asking,
    });
    expect([other.status, other.headers.get("access-control-allow-origin")]).toEqual([404, null]);
  });

  it("hands pages and scripts out as downloads only", async () => {
    const engine = await startEngine();
    const { upload_url: uploadUrl, file_url: fileUrl } = await initiate(engine, "x.html", "text/html");
    await put(uploadUrl, "<script>1</script>", "text/html");
    const { headers } = await fetch(fileUrl);
    expect(headers.get("content-disposition")).toMatch(/^attachment/);
    expect(headers.get("content-security-policy")).toContain("sandbox");
  });

  it.each([
    [{ file_name: "a.wav" }],
    [{ content_type: "audio/wav" }],
    [{ content_type: "x\r\ny", file_name: "a" }],
    [7],
  ])("refuses to start an upload of %j", async (body) => {
    const engine = await startEngine();
    expect((await engine.post("/storage/upload/initiate", body)).status).toBe(422);
  });

  it("knows the dead storage type of older clients", async () => {
    const engine = await startEngine();
    const response = await engine.post("/storage/upload/initiate?storage_type=gcs", {});
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ detail: "Invalid storage type" });
  });

  it("forgets a file when the life its caller asked for is over", async () => {
    const engine = await startEngine();
    const headers = { "x-fal-object-lifecycle": '{"expiration_duration_seconds":0.001}' };
    const body = { content_type: "audio/wav", file_name: "a.wav" };
    const response = await engine.post("/storage/upload/initiate", body, headers);
    const { upload_url: uploadUrl, file_url: fileUrl } = (await response.json()) as Upload;
    expect((await put(uploadUrl, "x")).status).toBe(200);
    expect((await fetch(fileUrl)).status).toBe(200);
    await expect.poll(async () => (await fetch(fileUrl)).status, { timeout: 3000 }).toBe(404);
  });
});
