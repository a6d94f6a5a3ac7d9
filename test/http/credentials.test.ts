import { createClient as createEventsClient } from "graphql-sse";
import { createClient } from "graphql-ws";
import { describe, expect, it, onTestFinished } from "vitest";
import WebSocket from "ws";
import { RateLimitedError, UnauthenticatedError, UnavailableError } from "../../src/errors.js";
import { EventQueue } from "../support/event-queue.js";
import { closingOf, openSocket, postBody, runOverSocket } from "./clients.js";
import { startTestServer, type TestServer } from "./test-server.js";

const VIEWER = { query: "{ viewer { id } }" };
const ALICE = "Bearer alice";

async function startServer(): Promise<TestServer> {
  const server = await startTestServer();
  server.services.callers.set("", new UnauthenticatedError("Send a credential."));
  server.services.callers.set(ALICE, { id: "key:alice" });
  server.services.callers.set("Bearer old", new UnauthenticatedError("It has expired.", true));
  server.services.callers.set("Bearer unchecked", new UnavailableError("The issuer's keys can't be had."));
  server.services.callers.set("Bearer bug", new Error("secret of ours"));
  return server;
}

function connect(server: TestServer, connectionParams?: Record<string, unknown>) {
  const client = createClient({ url: server.socketUrl, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams });
  onTestFinished(async () => client.dispose());
  return client;
}

/** The close frame that an introduction with these parameters is answered with. */
async function refusalOf(server: TestServer, payload?: unknown) {
  const socket = await openSocket(server.socketUrl);
  if (typeof socket === "number") throw new Error(`The socket was refused with ${socket}.`);
  const closing = closingOf(socket);
  socket.send(JSON.stringify({ type: "connection_init", payload }));
  return closing;
}

describe("over HTTP", () => {
  it("the caller is who the Authorization header says", async () => {
    const { graphqlUrl } = await startServer();

    const response = await postBody(graphqlUrl, JSON.stringify(VIEWER), { authorization: ALICE });

    expect(await response.json()).toEqual({ data: { viewer: { id: "key:alice" } } });
    expect(response.headers.has("ratelimit-limit")).toBe(false);
  });

  it.each([
    [undefined, "Send a credential."],
    ["Bearer old", "It has expired."],
  ])("a request with %s is refused before it is read, 401", async (authorization, message) => {
    const { graphqlUrl } = await startServer();

    const response = await postBody(graphqlUrl, "no JSON", authorization === undefined ? {} : { authorization });

    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await response.json()).toEqual({ errors: [{ message, extensions: { code: "UNAUTHENTICATED" } }] });
  });

  it("credentials that can't be checked now are no fault of the caller's, 503", async () => {
    const { graphqlUrl } = await startServer();

    const response = await postBody(graphqlUrl, JSON.stringify(VIEWER), { authorization: "Bearer unchecked" });

    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "SERVICE_UNAVAILABLE" } }] });
  });

  it("a bug of ours in checking is masked", async () => {
    const { graphqlUrl } = await startServer();

    const response = await postBody(graphqlUrl, JSON.stringify(VIEWER), { authorization: "Bearer bug" });

    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret of ours");
  });

  it("answers tell what is left, and a refusal when to come back", async () => {
    const { graphqlUrl, services } = await startServer();
    const ask = () => postBody(graphqlUrl, JSON.stringify(VIEWER), { authorization: ALICE });
    services.allowance = { limit: 10, remaining: 3, resetsAt: Date.now() + 30_000 };

    const answered = await ask();
    services.allowance = new RateLimitedError("Your limit REQUESTS_PER_MINUTE, 10, is reached.", 10, 42);
    const refused = await ask();

    expect(answered.status).toBe(200);
    expect(headersOf(answered)).toEqual(["10", "3", "30", null]);
    expect(refused.status).toBe(429);
    expect(headersOf(refused)).toEqual(["10", "0", "42", "42"]);
    expect(await refused.json()).toEqual({
      errors: [
        {
          message: "Your limit REQUESTS_PER_MINUTE, 10, is reached.",
          extensions: { code: "RATE_LIMITED", retryAfter: 42 },
        },
      ],
    });
  });
});

describe("over SSE", () => {
  it("the caller is who the Authorization header says, and nobody else is let in, 401", async () => {
    const { graphqlUrl } = await startServer();
    const ask = (headers: Record<string, string>) =>
      postBody(`${graphqlUrl}/stream`, JSON.stringify(VIEWER), { accept: "text/event-stream", ...headers });

    expect(await (await ask({ authorization: ALICE })).text()).toContain('{"data":{"viewer":{"id":"key:alice"}}}');
    const refused = await ask({});
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, expect.stringMatching(/^Bearer/)]);
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
  });

  it("a request too many is refused, 429", async () => {
    const { graphqlUrl, services } = await startServer();
    services.allowance = new RateLimitedError("Your limit is reached.", 10, 42);

    const refused = await postBody(`${graphqlUrl}/stream`, JSON.stringify(VIEWER), {
      accept: "text/event-stream",
      authorization: ALICE,
    });

    expect([refused.status, ...headersOf(refused)]).toEqual([429, "10", "0", "42", "42"]);
  });

  it("a stream ends with its credential; a client that has a new one goes on by itself", async () => {
    const { graphqlUrl, services } = await startServer();
    const job = services.addJob({ callerId: "key:alice" });
    services.callers.set("Bearer short", { id: "key:alice", expiresAt: Date.now() + 500 });
    const credentials = ["Bearer short", ALICE];
    const client = createEventsClient({
      url: `${graphqlUrl}/stream`,
      retry: async () => {},
      headers: () => ({ authorization: credentials.shift() ?? "" }),
    });
    onTestFinished(() => client.dispose());
    const updates = client.iterate({
      query: `subscription { inpaintProgress(jobId: "${job.id}") { status snapshot } }`,
    });

    const first = await updates.next();
    const again = await updates.next();
    services.change(job.id, { status: "CANCELLED" });
    const last = await updates.next();

    expect([first, again, last].map(({ value }) => value?.data)).toEqual([
      { inpaintProgress: { status: "IN_QUEUE", snapshot: true } },
      { inpaintProgress: { status: "IN_QUEUE", snapshot: true } },
      { inpaintProgress: { status: "CANCELLED", snapshot: false } },
    ]);
    expect(credentials).toEqual([]);
  });
});

describe("over WebSocket", () => {
  it("the caller is who connectionParams.authorization says", async () => {
    const server = await startServer();

    const [answer] = await runOverSocket(connect(server, { authorization: ALICE }), VIEWER);

    expect(answer).toEqual({ data: { viewer: { id: "key:alice" } } });
  });

  it.each([[undefined], [{}], [{ authorization: 7 }], [{ Authorization: ALICE }], [null]])(
    "a socket that says %o is closed, 4401",
    async (payload) => {
      expect(await refusalOf(await startServer(), payload)).toEqual({ code: 4401, reason: "Send a credential." });
    },
  );

  it("says of what may do later that it may: 4403 for an expired credential, 1013 while none can be checked", async () => {
    const server = await startServer();

    expect(await refusalOf(server, { authorization: "Bearer old" })).toEqual({ code: 4403, reason: "It has expired." });
    expect((await refusalOf(server, { authorization: "Bearer unchecked" })).code).toBe(1013);
  });

  it("a bug of ours in checking is masked", async () => {
    const { code, reason } = await refusalOf(await startServer(), { authorization: "Bearer bug" });

    expect(code).toBe(4500);
    expect(reason).not.toContain("secret");
  });

  it("closes with its credential, 4403; a client that has a new one goes on by itself", async () => {
    const server = await startServer();
    const { services } = server;
    const job = services.addJob({ callerId: "key:alice" });
    services.callers.set("Bearer short", { id: "key:alice", expiresAt: Date.now() + 500 });
    const credentials = ["Bearer short", ALICE];
    const closings = new EventQueue<{ code: number; reason: string }>();
    const client = createClient({
      url: server.socketUrl,
      webSocketImpl: WebSocket,
      retryAttempts: 3,
      retryWait: async () => {},
      connectionParams: () => ({ authorization: credentials.shift() }),
      on: { closed: (event) => closings.push(event as { code: number; reason: string }) },
    });
    onTestFinished(async () => client.dispose());
    const updates = client.iterate({
      query: `subscription { inpaintProgress(jobId: "${job.id}") { status snapshot } }`,
    });

    const first = await updates.next();
    const { code, reason } = await closings.next();
    const again = await updates.next();
    services.change(job.id, { status: "CANCELLED" });
    const last = await updates.next();

    expect([code, reason]).toEqual([4403, "The credential has expired. Reconnect with a new one."]);
    expect(first.value?.data).toEqual({ inpaintProgress: { status: "IN_QUEUE", snapshot: true } });
    expect(again.value?.data).toEqual({ inpaintProgress: { status: "IN_QUEUE", snapshot: true } });
    expect(last.value?.data).toEqual({ inpaintProgress: { status: "CANCELLED", snapshot: false } });
  });

  it("each operation counts as a request, and one too many is an error of that operation", async () => {
    const server = await startServer();
    const client = connect(server, { authorization: ALICE });
    await runOverSocket(client, VIEWER);
    server.services.allowance = new RateLimitedError("Your limit is reached.", 10, 42);

    const [refused] = await runOverSocket(client, VIEWER);
    server.services.allowance = null;
    const [answer] = await runOverSocket(client, VIEWER);

    expect(refused?.errors).toEqual([
      { message: "Your limit is reached.", extensions: { code: "RATE_LIMITED", retryAfter: 42 } },
    ]);
    expect(answer?.data).toEqual({ viewer: { id: "key:alice" } });
  });
});

function headersOf({ headers }: Response) {
  return ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "retry-after"].map((name) => headers.get(name));
}
