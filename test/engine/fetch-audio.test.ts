import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import type { FetchAudioOptions } from "../../src/engine/queue-server/fetch-audio.js";
import { fetchAudio } from "../../src/engine/queue-server/fetch-audio.js";
import { ModelError } from "../../src/engine/queue-server/model-error.js";
import { afterTest, scripted, startEngine } from "./engine-testkit.js";

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterTest(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const LOOPBACK_ALLOWED = (address: string) => address === "127.0.0.1";

function get(url: string, options: Partial<FetchAudioOptions> = {}) {
  const signal = new AbortController().signal;
  return fetchAudio(url, { signal, isAllowedAddress: LOOPBACK_ALLOWED, ...options });
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
    ["http://127.0.0.1:1/a"],
    ["http://127.1:1/a"],
    ["http://0x7f000001:1/a"],
    ["http://2130706433:1/a"],
    ["http://0177.0.0.1:1/a"],
    ["http://localhost:1/a"],
    ["http://[::1]:1/a"],
    ["http://[::ffff:127.0.0.1]:1/a"],
    ["http://[::]:1/a"],
    ["http://0.0.0.0:1/a"],
    ["http://169.254.169.254/latest/meta-data"],
    ["http://[fd00:ec2::254]/latest"],
    ["http://192.168.0.1/"],
  ])("refuses %s without connecting", async (url) => {
    const detail = await refusal(url, { isAllowedAddress: undefined });
    expect(detail?.type).toBe("file_download_error");
    expect(detail?.msg).toMatch(/its host is not on the public internet/);
  });

  it.each([
    ["ftp://example.com/a.wav", /only http, https and data/],
    ["file:///etc/passwd", /only http, https and data/],
    ["not a url", /not a valid URL/],
    ["http://user:password@example.com/a.wav", /user name or password/],
    ["http://localhost.:1/a", /host|reached/],
    ["http://127.0.0.1.nip.invalid/", /host name|reached/],
  ])("refuses %s", async (url, message) => {
    expect((await refusal(url))?.msg).toMatch(message);
  });

  it("brings the bytes in memory of their own and the media type", async () => {
    const url = await serve((_request, response) => {
      response.setHeader("content-type", "audio/wav; charset=x").end("bytes");
    });
    const { bytes, mediaType } = await get(url);
    expect(Buffer.from(bytes).toString()).toBe("bytes");
    expect(bytes.buffer.byteLength).toBe(5);
    expect(mediaType).toBe("audio/wav");
  });

  it("follows three redirects and not a fourth", async () => {
    const url = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end("there");
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    expect(Buffer.from((await get(`${url}/3`)).bytes).toString()).toBe("there");
    expect((await refusal(`${url}/4`))?.msg).toMatch(/more than 3 redirects/);
  });

  it.each([
    ["http://127.0.0.2:1/secret", /not on the public internet/],
    ["http://[::1]:1/secret", /not on the public internet/],
    ["file:///etc/passwd", /only http/],
    ["http://a:b@127.0.0.1/", /user name/],
    ["http://", /not a valid URL/],
  ])("checks a redirect to %s anew", async (location, message) => {
    const url = await serve((_request, response) => response.writeHead(302, { location }).end());
    expect((await refusal(url))?.msg).toMatch(message);
  });

  it("refuses a name when any of its addresses is not allowed", async () => {
    const url = await serve((_request, response) => response.end("x"));
    const seen: string[] = [];
    const isAllowedAddress = (address: string) => {
      seen.push(address);
      return false;
    };
    await refusal(url.replace("127.0.0.1", "localhost"), { isAllowedAddress });
    expect(seen.length).toBeGreaterThan(0);
  });

  it("bounds the size, announced or not", async () => {
    const announced = await serve((_request, response) => response.setHeader("content-length", 1_000).end("x"));
    const streamed = await serve((_request, response) => {
      const timer = setInterval(() => response.write("x".repeat(60)), 1);
      response.on("close", () => clearInterval(timer));
    });
    for (const url of [announced, streamed]) {
      expect(await refusal(url, { maxBytes: 100 })).toMatchObject({ type: "file_too_large", ctx: { max_size: 100 } });
    }
  });

  it("bounds the time of a server that never answers or trickles", async () => {
    const silent = await serve(() => {});
    const trickling = await serve((_request, response) => {
      const timer = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(timer));
    });
    for (const url of [silent, trickling]) {
      expect((await refusal(url, { timeoutMs: 200 }))?.msg).toMatch(/longer than 0.2 s/);
    }
  });

  it("tells nothing of what an error page says", async () => {
    const url = await serve((_request, response) => response.writeHead(403, "inner secret").end("inner secret"));
    const detail = await refusal(url);
    expect(detail?.msg).toBe("Failed to download the audio file: the server answered with status 403");
  });

  it("names an empty file and a refused connection", async () => {
    const empty = await serve((_request, response) => response.end());
    expect((await refusal(empty))?.msg).toMatch(/empty/);
    expect((await refusal("http://127.0.0.1:1/"))?.msg).toMatch(/refused|reached/);
  });

  it("rejects with the signal's reason when it is aborted", async () => {
    const url = await serve(() => {});
    const abort = new AbortController();
    const fetching = get(url, { signal: abort.signal });
    abort.abort(new Error("cancelled"));
    await expect(fetching).rejects.toThrow("cancelled");
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
    const url = await serve((request) => {
      request.socket.on("close", closed);
      reached();
    });
    const engine = await startEngine({ isAllowedAddress: LOOPBACK_ALLOWED });
    const id = await engine.submit(scripted("go", { audio_url: url }));
    await asked;
    expect((await engine.cancel(id)).status).toBe(202);
    await hungUp;
    expect(await engine.completed(id)).toMatchObject({ error_type: "client_cancelled" });
  });

  it("is what an engine does with its defaults", async () => {
    const url = await serve((_request, response) => response.end("inner"));
    const engine = await startEngine();
    const id = await engine.submit(scripted("go", { audio_url: url }));
    await engine.completed(id);
    const result = await engine.result(id);
    expect(result.status).toBe(422);
    expect(await result.json()).toMatchObject({ detail: [{ type: "file_download_error", input: url }] });
  });
});
