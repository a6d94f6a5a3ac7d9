import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { UnavailableError } from "../../src/errors.js";
import { postBody } from "./clients.js";
import { startTestServer } from "./test-server.js";

const VERSION = "{ service { version } }";
const PREFLIGHT = { "apollo-require-preflight": "1" };

describe("POST /graphql", () => {
  it.each([
    ["malformed JSON", '{"query": "{ service', 400, "BAD_REQUEST"],
    ["an empty body", "", 400, "BAD_REQUEST"],
    ["a list (batching)", `[{"query":"${VERSION}"}]`, 400, "BAD_REQUEST"],
    ["a bare string", '"query"', 400, "BAD_REQUEST"],
    ["no query", '{"variables":{}}', 400, "BAD_REQUEST"],
    ["a prototype in disguise", '{"query":"{ a }","__proto__":{"a":1}}', 400, "BAD_REQUEST"],
  ])("answers %s with a GraphQL error", async (_name, body, status, code) => {
    const { graphqlUrl, logs } = await startTestServer();
    const response = await postBody(graphqlUrl, body);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    expect(await response.json()).toEqual({ errors: [{ message: expect.any(String), extensions: { code } }] });
    expect(logs).toEqual([]);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])(
    "refuses content of type %s",
    async (contentType) => {
      const { graphqlUrl } = await startTestServer();
      const response = await postBody(graphqlUrl, JSON.stringify({ query: VERSION }), { "content-type": contentType });
      expect(response.status).toBe(415);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "UNSUPPORTED_MEDIA_TYPE" } }] });
    },
  );

  it("answers a body that is too large with the limit and the way out, even to a client that sends it all", async () => {
    const { graphqlUrl } = await startTestServer();
    const response = await postBody(
      graphqlUrl,
      JSON.stringify({ query: VERSION, variables: { a: "x".repeat(40_000_000) } }),
    );
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: expect.stringMatching(/16,777,216 bytes.*createAudioUpload/),
          extensions: { code: "PAYLOAD_TOO_LARGE" },
        },
      ],
    });
  });

  it("takes a body just within the limit", async () => {
    const { graphqlUrl } = await startTestServer();
    const response = await postBody(
      graphqlUrl,
      JSON.stringify({ query: VERSION, variables: { a: "x".repeat(16_000_000) } }),
    );
    expect(response.status).toBe(200);
  });

  it("answers request errors 200 to clients of the older media type, 400 to those of the newer", async () => {
    const { graphqlUrl } = await startTestServer();
    const body = JSON.stringify({ query: "{ nothing }" });
    expect((await postBody(graphqlUrl, body, { accept: "application/json" })).status).toBe(200);
    expect((await postBody(graphqlUrl, body, { accept: "application/graphql-response+json" })).status).toBe(400);
  });
});

describe("GET /graphql", () => {
  it("runs a query", async () => {
    const { graphqlUrl } = await startTestServer();
    const response = await fetch(`${graphqlUrl}?query=${encodeURIComponent(VERSION)}`, { headers: PREFLIGHT });
    expect(await response.json()).toMatchObject({ data: { service: { version: expect.any(String) } } });
  });

  it("refuses a mutation with 405", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const { id } = services.addJob();
    const query = encodeURIComponent(`mutation { cancelInpaint(id: "${id}") { outcome } }`);
    const response = await fetch(`${graphqlUrl}?query=${query}`, { headers: PREFLIGHT });
    expect(response.status).toBe(405);
    expect((await services.findJob({ id: "anonymous" }, id))?.status).toBe("IN_QUEUE");
  });

  it("refuses what a foreign page could send without asking", async () => {
    const { graphqlUrl } = await startTestServer();
    const response = await fetch(`${graphqlUrl}?query=${encodeURIComponent(VERSION)}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ message: expect.stringContaining("CSRF") }] });
  });

  it("shows no landing page", async () => {
    const { graphqlUrl } = await startTestServer();
    const response = await fetch(graphqlUrl, { headers: { accept: "text/html" } });
    expect(await response.text()).not.toContain("<html");
  });
});

describe("other methods and paths", () => {
  it.each(["PUT", "PATCH", "DELETE"])("answers %s /graphql with 405", async (method) => {
    const { graphqlUrl } = await startTestServer();
    const response = await fetch(graphqlUrl, {
      method,
      headers: { ...PREFLIGHT, "content-type": "application/json" },
      body: "{}",
    });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, POST");
  });

  it("answers an unknown path with 404 as JSON", async () => {
    const { url } = await startTestServer();
    const response = await fetch(`${url}/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "NOT_FOUND" } }] });
  });

  it("serves the committed schema", async () => {
    const { url } = await startTestServer();
    const response = await fetch(`${url}/schema.graphql`);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toBe(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));
  });
});

describe("health", () => {
  it("is reported, and so is readiness", async () => {
    const { url } = await startTestServer();
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: "ok" });
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: "ok" });
  });

  it.each([
    [new UnavailableError("The engine refused the key."), "The engine refused the key."],
    [new Error("SQLITE_IOERR /srv/data"), "Something this server depends on does not answer; its log says what."],
  ])("names a reason that is fit to be shown: %s", async (fault, reason) => {
    const { url, services, logs } = await startTestServer();
    services.notReady = fault;
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: "unavailable", reason });
    expect(logs).toMatchObject([{ msg: "Not ready", err: { message: fault.message } }]);
  });
});

describe("CORS", () => {
  const ask = (url: string, origin: string) =>
    fetch(url, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
    });

  it("is closed by default", async () => {
    const { graphqlUrl } = await startTestServer();
    const response = await ask(graphqlUrl, "https://studio.test");
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    const posted = await postBody(graphqlUrl, JSON.stringify({ query: VERSION }), { origin: "https://studio.test" });
    expect(posted.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("is open to listed origins alone", async () => {
    const { graphqlUrl } = await startTestServer({ corsOrigins: ["https://studio.test"] });
    const allowed = await ask(graphqlUrl, "https://studio.test");
    expect(allowed.status).toBe(204);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      "access-control-allow-origin": "https://studio.test",
      "access-control-allow-headers": "content-type",
      vary: "origin",
    });
    const posted = await postBody(graphqlUrl, JSON.stringify({ query: VERSION }), { origin: "https://studio.test" });
    expect(posted.headers.get("access-control-allow-origin")).toBe("https://studio.test");
    expect((await ask(graphqlUrl, "https://evil.test")).headers.get("access-control-allow-origin")).toBeNull();
  });

  it("refuses to start with an entry that is no origin", async () => {
    await expect(startTestServer({ corsOrigins: ["*"] })).rejects.toThrow(
      /must look like https:\/\/studio\.example, got "\*"/,
    );
  });
});

describe("closing", () => {
  it("cuts off a request that never ends", async () => {
    const { url, close } = await startTestServer({ closeGraceMs: 20 });
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const gone = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    socket.resume();
    await new Promise<void>((resolve) => {
      socket.write(
        "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{",
        () => resolve(),
      );
    });
    await close();
    await gone;
  });
});
