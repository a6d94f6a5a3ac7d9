import { createClient } from "graphql-sse";
import { describe, expect, it } from "vitest";
import { RateLimitedError, UnauthenticatedError } from "../../src/errors.js";
import { EventQueue } from "../support/event-queue.js";
import { type Answer, postBody, runOverEvents } from "./clients.js";
import { startTestServer } from "./test-server.js";

const PROGRESS =
  "subscription ($id: ID!, $after: String) { inpaintProgress(jobId: $id, after: $after) { cursor status } }";
const VERSION = "{ service { version } }";
const EVENTS = { accept: "text/event-stream" };

describe("the event stream", () => {
  it("follows a job to its end", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const { id } = services.addJob();
    const updates = new EventQueue<Answer | "complete">();
    createClient({ url: `${graphqlUrl}/stream` }).subscribe(
      { query: PROGRESS, variables: { id } },
      {
        next: (answer) => updates.push(answer as Answer),
        error: (error) => updates.push({ errors: [{ message: String(error) }] }),
        complete: () => updates.push("complete"),
      },
    );

    expect(await updates.next()).toEqual({ data: { inpaintProgress: { cursor: "cursor-0", status: "IN_QUEUE" } } });
    services.change(id, { status: "COMPLETED" });
    expect(await updates.next()).toEqual({ data: { inpaintProgress: { cursor: "cursor-1", status: "COMPLETED" } } });
    expect(await updates.next()).toBe("complete");
    expect(services.openWatchers).toBe(0);
  });

  it("resumes by cursor", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const { id } = services.addJob();
    services.change(id, { status: "IN_PROGRESS" });
    services.change(id, { status: "COMPLETED" });
    const answers = await runOverEvents(graphqlUrl, { query: PROGRESS, variables: { id, after: "cursor-1" } });
    expect(answers).toEqual([{ data: { inpaintProgress: { cursor: "cursor-2", status: "COMPLETED" } } }]);
  });

  it("serves a browser's EventSource: a GET without headers of its own", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const { id } = services.addJob({ status: "FAILED" });
    const search = new URLSearchParams({ query: PROGRESS, variables: JSON.stringify({ id }) });
    const response = await fetch(`${graphqlUrl}/stream?${search}`, { headers: EVENTS });
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await response.text()).toContain('event: next\ndata: {"data":{"inpaintProgress":');
  });

  it("releases its watcher when the client leaves", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const { id } = services.addJob();
    const leaving = new AbortController();
    const response = await postBody(
      `${graphqlUrl}/stream`,
      JSON.stringify({ query: PROGRESS, variables: { id } }),
      EVENTS,
      leaving.signal,
    );
    await response.body?.getReader().read();
    expect(services.openWatchers).toBe(1);
    leaving.abort();
    await expect.poll(() => services.openWatchers).toBe(0);
  });

  it("ends without completing when the server closes, so that clients connect again", async () => {
    const { graphqlUrl, services, close } = await startTestServer({ closeGraceMs: 60_000 });
    const { id } = services.addJob();
    const response = await postBody(
      `${graphqlUrl}/stream`,
      JSON.stringify({ query: PROGRESS, variables: { id } }),
      EVENTS,
    );
    const text = response.text();
    await expect.poll(() => services.openWatchers).toBe(1);
    await close();
    expect(await text).toContain("event: next");
    expect(await text).not.toContain("event: complete");
  });

  it("ends with the error as its last result when a watcher fails", async () => {
    const { graphqlUrl, services, logs } = await startTestServer();
    const { id } = services.addJob();
    const answers = runOverEvents(graphqlUrl, { query: PROGRESS, variables: { id } });
    await expect.poll(() => services.openWatchers).toBe(1);
    services.failWatchers(id, new Error("/srv/secret"));
    expect((await answers).at(-1)).toMatchObject({ errors: [{ extensions: { code: "INTERNAL_SERVER_ERROR" } }] });
    expect(logs).toMatchObject([{ requestId: (await answers).at(-1)?.errors?.[0]?.extensions?.requestId }]);
  });

  it("refuses a mutation by GET", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const { id } = services.addJob();
    const query = encodeURIComponent(`mutation { cancelInpaint(id: "${id}") { outcome } }`);
    const response = await fetch(`${graphqlUrl}/stream?query=${query}`, { headers: EVENTS });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "METHOD_NOT_ALLOWED" } }] });
    expect((await services.findJob({ id: "anonymous" }, id))?.status).toBe("IN_QUEUE");
  });

  it.each([
    ["no query", "{}", 400, "BAD_REQUEST"],
    ["malformed JSON", "{", 400, "BAD_REQUEST"],
    ["a list (batching)", `[{"query":"${VERSION}"}]`, 400, "BAD_REQUEST"],
    ["variables that are no object", `{"query":"${VERSION}","variables":[]}`, 400, "BAD_REQUEST"],
  ])("answers %s with an error in the usual shape", async (_name, body, status, code) => {
    const { graphqlUrl, logs } = await startTestServer();
    const response = await postBody(`${graphqlUrl}/stream`, body, EVENTS);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ errors: [{ message: expect.any(String), extensions: { code } }] });
    expect(logs).toEqual([]);
  });

  it("says what it serves to those who accept something else", async () => {
    const { graphqlUrl } = await startTestServer();
    const response = await postBody(`${graphqlUrl}/stream`, JSON.stringify({ query: VERSION }));
    expect(response.status).toBe(406);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "NOT_ACCEPTABLE" } }] });
  });

  it("keeps no stream for a token: each operation has its own connection", async () => {
    const { graphqlUrl } = await startTestServer();
    expect((await fetch(`${graphqlUrl}/stream`, { method: "PUT" })).status).toBe(405);
    expect((await fetch(`${graphqlUrl}/stream`, { method: "DELETE" })).status).toBe(405);
  });

  it("asks for credentials and counts requests as HTTP does", async () => {
    const { graphqlUrl, services } = await startTestServer();
    const url = `${graphqlUrl}/stream?query=${encodeURIComponent(VERSION)}`;
    services.allowance = { limit: 5, remaining: 4, resetsAt: Date.now() + 1_000 };
    const allowed = await fetch(url, { headers: EVENTS });
    expect(allowed.headers.get("ratelimit-remaining")).toBe("4");
    await allowed.text();

    services.allowance = new RateLimitedError("At most 5 requests a minute.", 5, 30);
    const limited = await fetch(url, { headers: EVENTS });
    expect(limited.status).toBe(429);
    expect(limited.headers.get("retry-after")).toBe("30");

    services.callers.set("Bearer wrong", new UnauthenticatedError("This API key is not known here."));
    const refused = await fetch(url, { headers: { ...EVENTS, authorization: "Bearer wrong" } });
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
  });

  it("refuses pages of other sites", async () => {
    const { graphqlUrl } = await startTestServer();
    const headers = { ...EVENTS, origin: "https://evil.test" };
    expect((await fetch(`${graphqlUrl}/stream?query=${encodeURIComponent(VERSION)}`, { headers })).status).toBe(403);
  });
});
