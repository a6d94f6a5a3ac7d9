import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Fastify from "fastify";
import { describe, expect, it } from "vitest";
import { createEngine } from "../../src/engine/engine.js";
import { afterTest, scripted, startEngine, temporaryFolder } from "./engine-testkit.js";
import type { Upload } from "./upload-testkit.js";
import { initiate, put } from "./upload-testkit.js";

describe("files", () => {
  async function stored(): Promise<string> {
    const engine = await startEngine();
    const { upload_url: uploadUrl, file_url: fileUrl } = await initiate(engine);
    await put(uploadUrl, "0123456789");
    return fileUrl;
  }

  it.each([
    ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=8-99", 206, "89", "bytes 8-9/10"],
    ["bytes=0-1,4-5", 200, "0123456789", null],
    ["bytes=5-2", 200, "0123456789", null],
    ["items=0-1", 200, "0123456789", null],
    ["bytes=-", 200, "0123456789", null],
  ])("answers the range %s with %i", async (range, status, body, contentRange) => {
    const response = await fetch(await stored(), { headers: { range } });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(body);
    expect(response.headers.get("content-range")).toBe(contentRange);
    expect(response.headers.get("content-length")).toBe(String(body.length));
  });

  it.each([["bytes=10-"], ["bytes=99-100"], ["bytes=-0"]])("refuses the range %s with 416", async (range) => {
    const response = await fetch(await stored(), { headers: { range } });
    expect(response.status).toBe(416);
    expect(response.headers.get("content-range")).toBe("bytes */10");
  });

  it("answers HEAD with the size and no body", async () => {
    const response = await fetch(await stored(), { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe("10");
    expect(response.headers.get("accept-ranges")).toBe("bytes");
    expect(await response.text()).toBe("");
  });

  it("sends the whole file when If-Range names another version", async () => {
    const response = await fetch(await stored(), { headers: { range: "bytes=0-1", "if-range": '"other"' } });
    expect(response.status).toBe(200);
  });

  it("has nothing under other names, ids or paths", async () => {
    const engine = await startEngine();
    const { upload_url: uploadUrl, file_url: fileUrl } = await initiate(engine);
    await put(uploadUrl, "x");
    await writeFile(join(engine.dataDir, "files", "plain"), "not for you");
    for (const path of [
      new URL(fileUrl).pathname.replace("loop.wav", "other.wav"),
      "/files/plain/plain",
      "/files/..%2Fupload-key/upload-key",
      `/files/${"0".repeat(32)}/loop.wav`,
    ]) {
      const response = await engine.get(path);
      expect([path, response.status]).toEqual([path, 404]);
    }
  });

  it("keeps its signing key to itself, also over a restart", async () => {
    const engine = await startEngine();
    const { upload_url: uploadUrl } = await initiate(engine);
    expect((await stat(join(engine.dataDir, "upload-key"))).mode & 0o777).toBe(0o600);
    await engine.close();
    const again = await startEngine({ dataDir: engine.dataDir });
    const { pathname, search } = new URL(uploadUrl);
    expect((await put(`${again.url}${pathname}${search}`, "x")).status).toBe(200);
  });

  it("serves uploads and files on another server's port and address", async () => {
    const engine = createEngine({ dataDir: await temporaryFolder(), workers: 1 });
    afterTest(() => engine.close());
    const host = Fastify();
    afterTest(() => host.close());
    await host.register(engine.fileRoutes);
    host.post("/echo", async ({ body }) => body);
    const publicUrl = await host.listen({ host: "127.0.0.1", port: 0 });
    const { url } = await engine.listen({ host: "127.0.0.1", port: 0, publicUrl: `${publicUrl}/` });
    const response = await fetch(`${url}/storage/upload/initiate`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ content_type: "audio/wav", file_name: "a.wav" }),
    });
    const { upload_url: uploadUrl, file_url: fileUrl } = (await response.json()) as Upload;
    expect(fileUrl).toMatch(new RegExp(`^${publicUrl}/files/`));
    expect((await put(uploadUrl, "bytes")).status).toBe(200);
    expect(await (await fetch(fileUrl)).text()).toBe("bytes");
    expect((await fetch(fileUrl, { method: "HEAD" })).status).toBe(200);
    const echo = { method: "POST", headers: { "content-type": "application/json" }, body: '{"a":1}' };
    expect(await (await fetch(`${publicUrl}/echo`, echo)).json()).toEqual({ a: 1 });
  });

  it("reads its own files for the model without going over the network", async () => {
    const engine = await startEngine({ publicUrl: "https://studio.example/punchin" });
    const { upload_url: uploadUrl, file_url: fileUrl } = await initiate(engine);
    expect(fileUrl).toMatch(/^https:\/\/studio\.example\/punchin\/files\//);
    const { pathname, search } = new URL(uploadUrl);
    await put(`${engine.url}${pathname.replace("/punchin", "")}${search}`, "bytes");
    const id = await engine.submit(scripted("go", { audio_url: fileUrl }));
    const older = await engine.submit(
      scripted("go", { audio_url: fileUrl.replace("https://studio.example/punchin", "http://127.0.0.1:9") }),
    );
    await engine.completed(older);
    expect((await engine.result(id)).status).toBe(200);
    expect((await engine.result(older)).status).toBe(200);
    const missing = await engine.submit(scripted("go", { audio_url: `${engine.url}/files/${"0".repeat(32)}/a.wav` }));
    await engine.completed(missing);
    expect(await (await engine.result(missing)).json()).toMatchObject({
      detail: [{ type: "file_download_error", loc: ["body", "audio_url"] }],
    });
  });
});
