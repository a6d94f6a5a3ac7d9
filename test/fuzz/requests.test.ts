import { connect } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config.js";
import { connectClient, postOperation, runOverEvents, runOverSocket } from "../http/clients.js";
import { startTestServer, type TestServer } from "../http/test-server.js";
import { fuzz } from "./fuzz.js";
import { anyDocument, anyJson, damaged, OPERATIONS } from "./hostile-values.js";

/** Nothing unexpected happened: the log holds no error and the server still answers. */
async function expectUnharmed({ logs, url }: TestServer): Promise<void> {
  expect(logs).toEqual([]);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
}

async function expectAnswer(response: Response): Promise<void> {
  expect(response.status).toBeLessThan(500);
  const answer = JSON.parse(await response.text());
  expect(answer).toEqual(
    "errors" in answer
      ? expect.objectContaining({
          errors: expect.arrayContaining([expect.objectContaining({ message: expect.any(String) })]),
        })
      : { data: expect.anything() },
  );
  expect(JSON.stringify(answer)).not.toContain("INTERNAL_SERVER_ERROR");
}

test("no document harms the server", async () => {
  const server = await startTestServer();
  await fuzz(fc.tuple(anyDocument, fc.option(fc.string())), async ([query, operationName]) => {
    const body = JSON.stringify({ query, operationName });
    await expectAnswer(
      await fetch(server.graphqlUrl, { method: "POST", headers: { "content-type": "application/json" }, body }),
    );
  });
  await expectUnharmed(server);
});

test("no document is answered differently on another transport", async () => {
  const server = await startTestServer({
    socketLimits: { ...loadConfig({}).socketLimits, maxMessagesPerSecond: 100_000 },
  });
  const client = connectClient(server.socketUrl);
  await fuzz(anyDocument, async (query) => {
    // A subscription that starts has no one answer.
    if (query.trim() === "" || query.includes("subscription")) return;
    const overHttp = await postOperation(server.graphqlUrl, { query });
    expect((await runOverSocket(client, { query })).at(-1)).toEqual(overHttp);
    expect((await runOverEvents(server.graphqlUrl, { query })).at(-1)).toEqual(overHttp);
  });
  await expectUnharmed(server);
});

test("no body harms the server", async () => {
  const server = await startTestServer();
  const anyRequest = fc.record(
    {
      query: fc.oneof(anyJson, fc.constantFrom(...OPERATIONS)),
      variables: anyJson,
      operationName: anyJson,
      extensions: anyJson,
    },
    { requiredKeys: [] },
  );
  const anyBody = fc.oneof(
    fc.string({ unit: "binary" }),
    anyJson.map((value) => JSON.stringify(value)),
    anyRequest.map((value) => JSON.stringify(value)),
  );
  await fuzz(fc.tuple(anyBody, fc.constantFrom("", "/stream")), async ([body, path]) => {
    const headers = {
      "content-type": "application/json",
      accept: path === "" ? "application/json" : "text/event-stream",
    };
    const leaving = new AbortController();
    const response = await fetch(`${server.graphqlUrl}${path}`, {
      method: "POST",
      headers,
      body,
      signal: leaving.signal,
    });
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
      expect(response.status).toBe(200);
      leaving.abort();
    } else await expectAnswer(response);
  });
  await expectUnharmed(server);
});

test("no form harms the server", async () => {
  const server = await startTestServer();
  const form = [
    '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":"{ service { version } }"}\r\n',
    '--x\r\ncontent-disposition: form-data; name="map"\r\n\r\n{"0":["variables.file"]}\r\n',
    '--x\r\ncontent-disposition: form-data; name="0"; filename="../a.wav"\r\n\r\nRIFF\r\n--x--\r\n',
  ].join("");
  const type = fc.constantFrom(
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    'multipart/mixed; boundary="--x"',
    "application/x-www-form-urlencoded",
    "application/json; boundary=x",
    "application/json;charset=utf-7",
  );
  const body = fc.oneof(fc.constant(form), damaged([form]), fc.string({ unit: "binary" }));
  await fuzz(fc.tuple(type, body, fc.boolean()), async ([contentType, text, isOwn]) => {
    const headers = { "content-type": contentType, ...(isOwn ? { "apollo-require-preflight": "1" } : {}) };
    const response = await fetch(server.graphqlUrl, { method: "POST", headers, body: text });
    expect(response.status).toBeGreaterThanOrEqual(400);
    await expectAnswer(response);
  });
  await expectUnharmed(server);
});

test("no header harms the server", async () => {
  const server = await startTestServer();
  const names = [
    "host",
    "accept",
    "content-type",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "origin",
    "authorization",
    "x-forwarded-for",
    "apollo-require-preflight",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-protocol",
    "expect",
    "if-none-match",
    "cookie",
    "range",
  ];
  const values = [
    "",
    "*/*",
    "application/json",
    "text/event-stream",
    "0",
    "-1",
    "99999999999999999999",
    "chunked",
    "close",
    "upgrade",
    "websocket",
    "h2c",
    "null",
    "http://[",
    "bytes=0-",
    "13",
    "100-continue",
    "graphql-transport-ws",
    "localhost",
    "Bearer",
  ];
  const header = fc.tuple(
    fc.oneof(fc.constantFrom(...names), fc.string()),
    fc.oneof(fc.constantFrom(...values), fc.string({ unit: "binary" })),
  );
  const request = fc.record({
    method: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "TRACE", "CONNECT") },
      fc.string(),
    ),
    path: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          "/",
          "/graphql",
          "/graphql/stream",
          "/graphql?query=%7B__typename%7D",
          "/schema.graphql",
          "*",
          "http://evil.test/graphql",
        ),
      },
      fc.webPath(),
      fc.string(),
    ),
    headers: fc.array(header, { maxLength: 8 }),
    body: fc.string({ maxLength: 30 }),
  });
  await fuzz(request, async ({ method, path, headers, body }) => {
    const lines = headers.map(([name, value]) => `${name}: ${value}`);
    const answer = await sendRaw(
      server.url,
      `${[`${method} ${path} HTTP/1.1`, "host: localhost", ...lines, "", body].join("\r\n")}\r\n`,
    );
    expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
  });
  await expectUnharmed(server);
});

/** The first of what comes back; the client says that nothing follows, and leaves when it has an answer. */
async function sendRaw(url: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.end(text));
    socket.on("data", (chunk) => {
      answer += chunk;
      socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}
