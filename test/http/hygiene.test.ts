import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import WebSocket from "ws";
import { UnauthenticatedError } from "../../src/errors.js";
import { openSocket, postBody, sendRaw } from "./clients.js";
import { startTestServer } from "./test-server.js";

const VERSION = JSON.stringify({ query: "{ service { version } }" });

/** The status and body of a request whose Host header the test chooses. */
async function askAs(host: string, url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}/healthz`, { headers: { host } }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on("error", reject);
    request.end();
  });
}

const SHAPE = { errors: [{ message: expect.any(String), extensions: { code: expect.stringMatching(/^[A-Z_]+$/) } }] };

describe("every answer", () => {
  it.each(["/healthz", "/schema.graphql", "/nothing", "/graphql"])(
    "has the headers that hold a browser back: %s",
    async (path) => {
      const { url } = await startTestServer();
      const { headers } = await fetch(`${url}${path}`);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("connect-src 'self' ws: wss:");
      expect(policy).toContain("media-src 'self' blob: data:");
      expect(policy).toContain("worker-src 'self' blob:");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*[ ;]/);
      expect(Object.fromEntries(headers)).toMatchObject({
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      });
      expect(headers.get("x-powered-by")).toBeNull();
    },
  );

  it.each([
    ["a URL that can't be decoded", "/%zz", { method: "GET" }, 400],
    ["a path that looks like a pattern", "/*/", { method: "GET" }, 404],
    ["a path without a route", "/nothing", { method: "GET" }, 404],
    ["a method that a route does not serve", "/healthz", { method: "POST" }, 405],
    ["a method that no route serves", "/nothing", { method: "PROPFIND" }, 404],
    ["malformed JSON", "/graphql", { method: "POST", body: "{", headers: { "content-type": "application/json" } }, 400],
    ["another type", "/graphql", { method: "POST", body: "<a/>", headers: { "content-type": "text/xml" } }, 415],
    [
      "another type where none is served",
      "/nothing",
      { method: "POST", body: "<a/>", headers: { "content-type": "text/xml" } },
      404,
    ],
  ])("has the shape GraphQL clients read: %s", async (_name, path, init, status) => {
    const { url, logs } = await startTestServer();
    const response = await fetch(`${url}${path}`, init);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    expect(await response.json()).toEqual(SHAPE);
    expect(logs).toEqual([]);
  });

  it("names the methods a route serves", async () => {
    const { url } = await startTestServer();
    const response = await fetch(`${url}/healthz`, { method: "DELETE" });
    expect(response.headers.get("allow")).toBe("GET, HEAD");
  });

  it.each([
    ["what is no HTTP", "hello\r\n\r\n", 400],
    ["headers without end", `GET / HTTP/1.1\r\nhost: localhost\r\na: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    [
      "two lengths",
      "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{",
      400,
    ],
    [
      "a length and chunks",
      "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    ["no host", "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n", 400],
  ])("has it for %s too, and the connection ends", async (_name, bytes, status) => {
    const { url, logs } = await startTestServer();
    const answer = await sendRaw(url, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (status !== 400 || answer.includes("{")) expect(JSON.parse(answer.slice(answer.indexOf("{")))).toEqual(SHAPE);
    expect(logs).toEqual([]);
  });

  it("comes when headers, body or anything at all keep a connection waiting too long", async () => {
    const { url } = await startTestServer({ httpTimeouts: { headersMs: 200, requestMs: 400, silenceMs: 10_000 } });
    expect(await sendRaw(url, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n")).toMatch(
      /^HTTP\/1.1 408 .*REQUEST_TIMEOUT/s,
    );
    const post =
      "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{";
    expect(await sendRaw(url, post)).toMatch(/^HTTP\/1.1 408 .*REQUEST_TIMEOUT/s);
    const { url: impatient } = await startTestServer({ httpTimeouts: { silenceMs: 100 } });
    expect(await sendRaw(impatient, "")).toBe("");
  });
});

describe("a server on loopback", () => {
  it.each(["localhost:4000", "studio.localhost", "127.0.0.1", "[::1]:80", "192.0.2.7:4000"])(
    "answers to %s",
    async (host) => {
      const { url } = await startTestServer();
      expect((await askAs(host, url)).status).toBe(200);
    },
  );

  it.each(["evil.test", "evil.test:4000", "localhost.evil.test", "127.0.0.1.evil.test", "a@localhost", "%"])(
    "does not answer to a name that may have been rebound: %j",
    async (host) => {
      const { url } = await startTestServer();
      const { status, body } = await askAs(host, url);
      expect(status).toBe(421);
      expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: "MISDIRECTED_REQUEST" } }] });
    },
  );

  it("opens no WebSocket to such a name, though its pages look like the server's own", async () => {
    const { socketUrl } = await startTestServer();
    expect(await openSocket(socketUrl, { host: "evil.test", origin: "http://evil.test" })).toBe(421);
  });

  it("answers to the name of its public URL", async () => {
    const { url } = await startTestServer({ publicUrl: "https://punchin.example/base" });
    expect((await askAs("punchin.example", url)).status).toBe(200);
    expect((await askAs("evil.test", url)).status).toBe(421);
  });

  it("is told apart from one that is open to a network, which answers to every name", async () => {
    const { url } = await startTestServer({ host: "0.0.0.0" });
    expect((await askAs("any.test", url)).status).toBe(200);
  });
});

describe("cross-site requests", () => {
  it.each([
    ["a form", { method: "POST", body: new URLSearchParams({ query: "{ __typename }" }) }],
    ["a form with a file", { method: "POST", body: Object.assign(new FormData(), {}) }],
    ["plain text", { method: "POST", body: VERSION, headers: { "content-type": "text/plain" } }],
    ["no type at all", { method: "POST", body: new Blob([VERSION]) }],
  ])("that a browser sends without asking first are refused: %s", async (_name, init) => {
    const { graphqlUrl } = await startTestServer();
    const response = await fetch(graphqlUrl, init);
    expect([400, 415]).toContain(response.status);
    expect(await response.json()).toEqual(SHAPE);
  });

  it("never let a page read an answer", async () => {
    const { graphqlUrl } = await startTestServer();
    const response = await postBody(graphqlUrl, VERSION, { origin: "https://evil.test" });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    expect(response.headers.get("cross-origin-resource-policy")).toBe("same-origin");
  });
});

describe("a body", () => {
  it.each(["gzip", "deflate", "br"])("that is packed is never unpacked: %s", async (encoding) => {
    const { graphqlUrl, logs } = await startTestServer();
    const body = gzipSync(`{"query":"{ service { version } }","variables":{"a":"${"x".repeat(1_000_000)}"}}`);
    for (const url of [graphqlUrl, `${graphqlUrl}/stream`]) {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "content-encoding": encoding,
          accept: url === graphqlUrl ? "application/json" : "text/event-stream",
        },
        body,
      });
      expect(response.status).toBe(415);
      expect(response.headers.get("accept-encoding")).toBe("identity");
      expect(await response.json()).toEqual(SHAPE);
    }
    expect(logs).toEqual([]);
  });

  it("of several parts is refused, also when no other site's page can have sent it", async () => {
    const { graphqlUrl } = await startTestServer();
    const form = new FormData();
    form.set("operations", '{"query":"mutation ($file: Upload!) { upload(file: $file) }","variables":{"file":null}}');
    form.set("map", '{"0":["variables.file"]}');
    form.set("0", new Blob(["x"]), "../../etc/passwd");
    const headers = { "apollo-require-preflight": "1" };
    expect((await fetch(graphqlUrl, { method: "POST", headers, body: form })).status).toBe(415);
  });
});

describe("of several credentials", () => {
  it.each(["", "/stream"])("none but the first counts, at /graphql%s", async (path) => {
    const { url, services } = await startTestServer();
    services.callers.set("Bearer wrong", new UnauthenticatedError("Not known."));
    services.callers.set("Bearer good", { id: "key:good" });
    const ask = (first: string, second: string) => {
      const lines = [
        `GET /graphql${path}?query=%7Bviewer%7Bid%7D%7D HTTP/1.1`,
        "host: localhost",
        "connection: close",
        "apollo-require-preflight: 1",
        `accept: ${path === "" ? "application/json" : "text/event-stream"}`,
        `authorization: Bearer ${first}`,
        `authorization: Bearer ${second}`,
      ];
      return sendRaw(url, `${lines.join("\r\n")}\r\n\r\n`);
    };
    expect(await ask("wrong", "good")).toMatch(/^HTTP\/1.1 401 /);
    expect(await ask("good", "wrong")).toContain('{"viewer":{"id":"key:good"}}');
  });
});

describe("refused upgrades", () => {
  it("say why in the usual shape", async () => {
    const { url } = await startTestServer();
    const answer = await sendRaw(
      url,
      "GET /graphql HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.test\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(JSON.parse(answer.slice(answer.indexOf("{")))).toEqual(SHAPE);
  });

  it("are those that are no WebSocket, too", async () => {
    const { url, socketUrl } = await startTestServer();
    const answer = await sendRaw(
      url,
      "GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(await openSocket(socketUrl)).toBeInstanceOf(WebSocket);
  });
});
