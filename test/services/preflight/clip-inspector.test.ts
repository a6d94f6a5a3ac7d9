import type { RequestListener } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import type { OutboundPolicy } from "../../../src/outbound/outbound.js";
import { FalQueue } from "../../../src/services/fal/fal-queue.js";
import { falHosts } from "../../../src/services/fal/hosts.js";
import { ClipInspector } from "../../../src/services/preflight/clip-inspector.js";
import { guardedLogger } from "../../support/log-guard.js";
import { serveHttp } from "../../support/serve-http.js";
import { dataUri, makeWav } from "../../support/wav-fixture.js";
import { openQueue } from "../fal/fal-testkit.js";

const LOOPBACK_ALLOWED = { isAllowedAddress: (address: string) => address === "127.0.0.1" };
const NOTHING_CERTAIN = { usable: true, length: null };
const clipOf = (seconds: number) => ({ usable: true, length: { seconds, paddingSeconds: 0 } });

function openInspector(policy: OutboundPolicy = LOOPBACK_ALLOWED, queue = new FalQueue(falHosts("id:secret"))) {
  onTestFinished(() => queue.close());
  return new ClipInspector({ queue, outboundPolicy: policy, logger: guardedLogger });
}

interface SeenPart {
  readonly url: string;
  readonly range: string;
}

/** A file server that gives out parts. */
function parts(bytes: Uint8Array, seen: SeenPart[] = []): RequestListener {
  return (request, response) => {
    const range = request.headers.range ?? "";
    seen.push({ url: request.url ?? "", range });
    const [, first = "0", last = "0"] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    const part = bytes.subarray(Number(first), Number(last) + 1);
    const contentRange = `bytes ${first}-${Number(first) + part.byteLength - 1}/${bytes.byteLength}`;
    response.writeHead(206, { "content-range": contentRange, "content-length": part.byteLength }).end(part);
  };
}

const status =
  (code: number, body = "", headers = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(code, headers).end(body);
  };

describe("a look at a clip", () => {
  it("tells the length of a large file from a few of its parts", async () => {
    const seen: SeenPart[] = [];
    const url = await serveHttp(parts(makeWav({ seconds: 100, sampleRate: 44_100 }), seen));

    expect(await openInspector().inspect(`${url}/clip.wav`)).toEqual(clipOf(100));
    expect(seen.length).toBeLessThan(4);
  });

  it("reads a small file whole where the server gives no parts, and does not judge a large one", async () => {
    const small = makeWav({ seconds: 7 });
    const large = makeWav({ seconds: 60, sampleRate: 48_000 });
    const whole = (bytes: Buffer) => serveHttp((_request, response) => response.end(bytes));

    expect(await openInspector().inspect(await whole(small))).toEqual(clipOf(7));
    expect(await openInspector().inspect(await whole(large))).toEqual(NOTHING_CERTAIN);
  });

  it("follows redirects once, and reads further parts from where they led", async () => {
    const seen: SeenPart[] = [];
    const file = await serveHttp(parts(makeWav({ seconds: 90, sampleRate: 44_100 }), seen));
    let asked = 0;
    const url = await serveHttp((_request, response) => {
      asked += 1;
      response.writeHead(302, { location: `${file}/there.wav` }).end();
    });

    expect(await openInspector().inspect(url)).toEqual(clipOf(90));
    expect(asked).toBe(1);
    expect(new Set(seen.map((part) => part.url))).toEqual(new Set(["/there.wav"]));
  });

  it("reads data: URIs without any request", async () => {
    expect(await openInspector({}).inspect(dataUri(makeWav({ seconds: 6.5 })))).toEqual(clipOf(6.5));
    expect(await openInspector({}).inspect(`data:audio/wav;base64,${btoa("%PDF-1.7 …".slice(0, 8))}`)).toEqual({
      usable: false,
      reason: "leads to a PDF document, not to audio",
    });
  });

  it.each<[string, RequestListener, string]>([
    ["404", status(404, "nothing here"), "leads nowhere: its server answered 404"],
    ["410", status(410), "leads nowhere: its server answered 410"],
    [
      "a web page",
      status(200, "\n<!DOCTYPE html><html>Sign in</html>", { "content-type": "text/html" }),
      "leads to a web page, not to audio",
    ],
    ["an image", parts(Buffer.from("\x89PNG\r\n\x1a\n and so on", "latin1")), "leads to an image, not to audio"],
    ["an empty file", status(200, "", { "content-length": "0" }), "leads to an empty file, not to audio"],
  ])("is certain of %s", async (_name, listener, reason) => {
    expect(await openInspector().inspect(await serveHttp(listener))).toEqual({ usable: false, reason });
  });

  const wav = makeWav({ seconds: 100, sampleRate: 44_100 });
  it.each<[string, RequestListener]>([
    ["403", status(403, "<html>no</html>")],
    ["401", status(401)],
    ["405", status(405)],
    ["416", status(416)],
    ["429", status(429)],
    ["500", status(500, "<html>oops</html>")],
    ["503 with a page", status(503, "<!doctype html>")],
    ["a redirect without end", status(302, "", { location: "/" })],
    ["a file in no known format", status(200, "words, no music. ".repeat(99), { "content-length": 17 * 99 })],
    ["a body without a length", (_request, response) => response.write(wav.subarray(0, 100_000)) && response.end()],
    ["a compressed answer", status(200, "x", { "content-encoding": "gzip" })],
    ["a connection that breaks", (request) => request.socket.destroy()],
    [
      "a part that was not asked for",
      (_request, response) =>
        response.writeHead(206, { "content-range": "bytes 5-9/100", "content-length": 5 }).end("<html"),
    ],
    [
      "a server that stops giving parts",
      (request, response) =>
        request.headers.range?.startsWith("bytes=0-") ? parts(wav)(request, response) : status(200)(request, response),
    ],
    [
      "a size that is a lie",
      (_request, response) =>
        response
          .writeHead(206, { "content-range": "bytes 0-9/99999999999999", "content-length": 10 })
          .end("RIFF______"),
    ],
  ])("leaves %s to the engine", async (_name, listener) => {
    expect(await openInspector().inspect(await serveHttp(listener))).toEqual(NOTHING_CERTAIN);
  });

  it("takes no longer than a second, whatever the server does", async () => {
    const silent = await serveHttp(() => {});
    const trickling = await serveHttp((_request, response) => {
      response.writeHead(206, { "content-range": "bytes 0-65535/9000000" });
      const timer = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(timer));
    });
    const nameless = { resolveHost: () => new Promise<never>(() => {}) };
    const startedAt = performance.now();

    const reports = await Promise.all([
      openInspector().inspect(silent),
      openInspector().inspect(trickling),
      openInspector(nameless).inspect("http://slow.example/a.wav"),
    ]);

    expect(reports).toEqual([NOTHING_CERTAIN, NOTHING_CERTAIN, NOTHING_CERTAIN]);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });

  it("looks at a bounded number of files at once", async () => {
    let open = 0;
    let most = 0;
    const url = await serveHttp((_request, response) => {
      most = Math.max(most, ++open);
      response.on("close", () => {
        open -= 1;
      });
    });
    const inspector = openInspector();

    const reports = await Promise.all(Array.from({ length: 100 }, () => inspector.inspect(url)));

    expect(reports.every((report) => report.usable)).toBe(true);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(32);
  });

  it("connects to nothing private, and is certain only where fal can't reach it either", async () => {
    let asked = 0;
    const url = await serveHttp((_request, response) => {
      asked += 1;
      response.end(makeWav({ seconds: 10 }));
    });
    const outOfReach = { usable: false, reason: "leads to a private address, which fal can't reach" };
    const resolveHost = async () => [{ address: "10.1.2.3", family: 4 }];
    const local = openInspector({}, openQueue("http://127.0.0.1:9"));

    expect(await openInspector({}).inspect(url)).toEqual(outOfReach);
    expect(await openInspector({}).inspect(url.replace("127.0.0.1", "localhost"))).toEqual(outOfReach);
    expect(await openInspector({ resolveHost }).inspect("https://files.example/a.wav")).toEqual(NOTHING_CERTAIN);
    expect(await local.inspect(url)).toEqual(NOTHING_CERTAIN);
    expect(asked).toBe(0);
  });

  it("reads the files of an engine in fal's place there, and none of its other pages", async () => {
    const seen: SeenPart[] = [];
    const url = await serveHttp(parts(makeWav({ seconds: 100, sampleRate: 44_100 }), seen));
    const inspector = openInspector({}, openQueue(url));

    expect(await inspector.inspect(`${url}/files/0123/clip.wav`)).toEqual(clipOf(100));
    expect(await inspector.inspect(`${url}/healthz`)).toEqual(NOTHING_CERTAIN);
    expect(new Set(seen.map((part) => part.url))).toEqual(new Set(["/files/0123/clip.wav"]));
  });
});
