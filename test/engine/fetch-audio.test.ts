import { describe, expect, it } from "vitest";
import type { FetchAudioOptions } from "../../src/engine/queue-server/fetch-audio.js";
import { fetchAudio } from "../../src/engine/queue-server/fetch-audio.js";
import { ModelError } from "../../src/engine/queue-server/model-error.js";
import { serveHttp } from "../support/serve-http.js";
import { scripted, startEngine } from "./engine-testkit.js";

const LOOPBACK_ALLOWED = { isAllowedAddress: (address: string) => address === "127.0.0.1" };

function get(url: string, options: Partial<FetchAudioOptions> = {}) {
  const signal = new AbortController().signal;
  return fetchAudio(url, { signal, policy: LOOPBACK_ALLOWED, ...options });
}

async function refusal(url: string, options: Partial<FetchAudioOptions> = {}) {
  const error = await get(url, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ModelError);
  const [detail] = (error as ModelError).detail;
  expect(detail?.loc).toEqual(["body", "audio_url"]);
  return detail;
}

describe("fetching a caller's URL", () => {
  it.each([
    ["http://127.0.0.1:1/a", /not on the public internet/],
    ["http://169.254.169.254/latest/meta-data", /not on the public internet/],
    ["file:///etc/passwd", /only http and https/],
  ])("refuses %s", async (url, message) => {
    const detail = await refusal(url, { policy: undefined });
    expect(detail?.type).toBe("file_download_error");
    expect(detail?.msg).toMatch(message);
  });

  it("brings the bytes in memory of their own and the media type", async () => {
    const url = await serveHttp((_request, response) => {
      response.setHeader("content-type", "audio/wav; charset=x").end("bytes");
    });
    const { bytes, mediaType } = await get(url);
    expect(Buffer.from(bytes).toString()).toBe("bytes");
    expect(bytes.buffer.byteLength).toBe(5);
    expect(mediaType).toBe("audio/wav");
  });

  it("follows three redirects and not a fourth", async () => {
    const url = await serveHttp((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end("there");
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    expect(Buffer.from((await get(`${url}/3`)).bytes).toString()).toBe("there");
    expect((await refusal(`${url}/4`))?.msg).toMatch(/more than 3 redirects/);
  });

  it("bounds the size, announced or not", async () => {
    const announced = await serveHttp((_request, response) => response.setHeader("content-length", 1_000).end("x"));
    const streamed = await serveHttp((_request, response) => {
      const timer = setInterval(() => response.write("x".repeat(60)), 1);
      response.on("close", () => clearInterval(timer));
    });
    for (const url of [announced, streamed]) {
      expect(await refusal(url, { maxBytes: 100 })).toMatchObject({ type: "file_too_large", ctx: { max_size: 100 } });
    }
  });

  it("bounds the time of a server that never answers or trickles", async () => {
    const silent = await serveHttp(() => {});
    const trickling = await serveHttp((_request, response) => {
      const timer = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(timer));
    });
    for (const url of [silent, trickling]) {
      expect((await refusal(url, { timeoutMs: 200 }))?.msg).toMatch(/longer than 0.2 s/);
    }
  });

  it("tells nothing of what an error page says", async () => {
    const url = await serveHttp((_request, response) => response.writeHead(403, "inner secret").end("inner secret"));
    const detail = await refusal(url);
    expect(detail?.msg).toBe("Failed to download the audio file: the server answered with status 403");
  });

  it("names an empty file and a refused connection", async () => {
    const empty = await serveHttp((_request, response) => response.end());
    expect((await refusal(empty))?.msg).toMatch(/empty/);
    expect((await refusal("http://127.0.0.1:1/"))?.msg).toMatch(/refused|reached/);
  });

  it("stops the download of a request that is cancelled", async () => {
    let closed: () => void = () => {};
    const hungUp = new Promise<void>((resolve) => {
      closed = resolve;
    });
    let reached: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const url = await serveHttp((request) => {
      request.socket.on("close", closed);
      reached();
    });
    const engine = await startEngine({ outboundPolicy: LOOPBACK_ALLOWED });
    const id = await engine.submit(scripted("go", { audio_url: url }));
    await asked;
    expect((await engine.cancel(id)).status).toBe(202);
    await hungUp;
    expect(await engine.completed(id)).toMatchObject({ error_type: "client_cancelled" });
  });

  it("is what an engine does with its defaults", async () => {
    const url = await serveHttp((_request, response) => response.end("inner"));
    const engine = await startEngine();
    const id = await engine.submit(scripted("go", { audio_url: url }));
    await engine.completed(id);
    const result = await engine.result(id);
    expect(result.status).toBe(422);
    expect(await result.json()).toMatchObject({ detail: [{ type: "file_download_error", input: url }] });
  });
});
