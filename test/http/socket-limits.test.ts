import { describe, expect, it, onTestFinished } from "vitest";
import WebSocket from "ws";
import { loadConfig } from "../../src/config.js";
import { OpenStreams } from "../../src/http/open-streams.js";
import { ReadThrottle } from "../../src/http/read-throttle.js";
import { SpareTurns } from "../../src/http/spare-turns.js";
import { EventQueue } from "../support/event-queue.js";
import { closingOf, connectClient, openSocket, postBody, runOverEvents, runOverSocket } from "./clients.js";
import { startTestServer } from "./test-server.js";

const VERSION = "{ service { version } }";
const SUBSCRIPTION =
  "subscription ($id: ID!, $after: String) { inpaintProgress(jobId: $id, after: $after) { cursor logs { message } } }";
const { socketLimits, streamBounds } = loadConfig({});

async function connect(url: string, headers: Record<string, string> = {}): Promise<WebSocket> {
  const socket = await openSocket(url, headers);
  if (!(socket instanceof WebSocket)) throw new Error(`The socket was refused: ${socket}.`);
  return socket;
}

/** A socket that has introduced itself. */
async function introduce(url: string, headers: Record<string, string> = {}) {
  const socket = await connect(url, headers);
  const messages = new EventQueue<{ type: string; id?: string; payload?: unknown }>();
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  socket.send(JSON.stringify({ type: "connection_init" }));
  return { socket, messages };
}

const subscribe = (id: string, query: string, variables = {}) =>
  JSON.stringify({ type: "subscribe", id, payload: { query, variables } });

describe("ReadThrottle", () => {
  it("lets a burst pass, then asks for a pause that keeps the mean", () => {
    const throttle = new ReadThrottle(10, 3, 0);
    expect([0, 0, 0].map((now) => throttle.count(now))).toEqual([0, 0, 0]);
    expect(throttle.count(0)).toBe(100);
    expect(throttle.count(0)).toBe(200);
    expect(throttle.count(300)).toBe(0);
    expect(throttle.count(300)).toBe(100);
  });

  it("saves no more than a burst", () => {
    const throttle = new ReadThrottle(10, 2, 0);
    expect([60_000, 60_000, 60_000].map((now) => throttle.count(now))).toEqual([0, 0, 100]);
  });

  it("calls nobody calm who came just now, or sends more than the mean", () => {
    const throttle = new ReadThrottle(2, 20, 0);
    const isCalmAt = (now: number) => {
      throttle.count(now);
      return throttle.isCalm;
    };
    expect([0, 999, 1_000].map(isCalmAt)).toEqual([false, false, true]);
    expect([2_000, 2_001, 2_002, 2_003].map(isCalmAt)).toEqual([true, true, false, false]);
    expect(isCalmAt(4_000)).toBe(true);
  });
});

describe("SpareTurns", () => {
  it("gives turns one after the other, and lets what else has arrived be handled in between", async () => {
    const turns = new SpareTurns();
    const order = new EventQueue<string>();
    const client = (name: string, messages: number) => {
      turns.enter(() => {
        order.push(name);
        setImmediate(() => order.push("other"));
        if (messages > 1) client(name, messages - 1);
      });
    };
    client("a", 2);
    client("b", 2);
    client("c", 1);
    const seen = [];
    for (let count = 0; count < 10; count++) seen.push(await order.next());
    expect(seen).toEqual(["a", "b", "c", "a", "b"].flatMap((name) => [name, "other"]));
  });

  it("gives fewer of them while calm clients are heard, but gives them all", async () => {
    const turns = new SpareTurns();
    const done = new EventQueue<number>();
    const hearCalm = setInterval(() => turns.noteCalm(performance.now()), 1);
    onTestFinished(() => clearInterval(hearCalm));
    turns.noteCalm(performance.now());
    for (let number = 0; number < 20; number++) turns.enter(() => done.push(number));
    for (let number = 0; number < 20; number++) expect(await done.next()).toBe(number);
  });
});

describe("OpenStreams", () => {
  it("counts nobody who left before being known", () => {
    const streams = new OpenStreams({ maxStreams: 5, maxStreamsPerClient: 1 });
    const gone = streams.enter("192.0.2.1");
    if (typeof gone === "string") throw new Error(gone);
    gone.leave();
    gone.leave();
    expect(gone.claimFor("me")).toBe(false);
    const here = streams.enter("192.0.2.1");
    expect(typeof here === "string" ? here : here.claimFor("me")).toBe(true);
  });
});

describe("a socket", () => {
  it("that sends faster than allowed is read later, and loses nothing", async () => {
    const { socketUrl } = await startTestServer({ socketLimits: { ...socketLimits, maxMessagesPerSecond: 100 } });
    const { socket, messages } = await introduce(socketUrl);
    expect((await messages.next()).type).toBe("connection_ack");
    const startedAt = performance.now();
    for (let count = 0; count < 1_100; count++) socket.send('{"type":"ping"}');
    for (let count = 0; count < 1_100; count++) expect((await messages.next()).type).toBe("pong");
    // 1,000 at once, the others at 100 a second.
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  it("that reads nothing is sent away with 1013, releases what it held, and resumes by cursor", async () => {
    const { socketUrl, services } = await startTestServer({ socketTimeouts: { silenceMs: 300, closeMs: 300 } });
    const { id } = services.addJob();
    const { socket, messages } = await introduce(socketUrl);
    await messages.next();
    socket.send(subscribe("1", SUBSCRIPTION, { id }));
    expect(await messages.next()).toMatchObject({ payload: { data: { inpaintProgress: { cursor: "cursor-0" } } } });

    socket.pause();
    // More than the network's own buffers take.
    services.change(id, { logs: Array.from({ length: 30 }, () => "x".repeat(1_000_000)) });
    services.change(id, { logs: ["after"] });
    await expect.poll(() => services.openWatchers, { timeout: 10_000 }).toBe(0);
    const closing = closingOf(socket);
    socket.resume();
    // What it has not read in time is dropped with the connection; otherwise it reads why.
    const { code, reason } = await closing;
    expect([1006, 1013]).toContain(code);
    if (code === 1013) expect(reason).toMatch(/too slowly.*resume with your last cursor/);

    services.change(id, { status: "COMPLETED" });
    const missed = await runOverSocket(connectClient(socketUrl), {
      query: SUBSCRIPTION,
      variables: { id, after: "cursor-1" },
    });
    expect(missed.map(({ data }) => data)).toMatchObject([
      { inpaintProgress: { cursor: "cursor-2", logs: [{ message: "after" }] } },
      { inpaintProgress: { cursor: "cursor-3" } },
    ]);
  });

  it("that is read slowly but steadily gets everything, whatever its buffer", async () => {
    const { socketUrl, services } = await startTestServer({
      socketLimits: { ...socketLimits, maxBufferedBytes: 1_000 },
    });
    const { id } = services.addJob();
    const { socket, messages } = await introduce(socketUrl);
    await messages.next();
    for (let count = 0; count < 50; count++) socket.send(subscribe(`${count}`, SUBSCRIPTION, { id }));
    for (let count = 0; count < 50; count++) await messages.next();
    socket.pause();
    services.change(id, { logs: ["y".repeat(200_000)], status: "COMPLETED" });
    socket.resume();
    const ended = new Set<string | undefined>();
    while (ended.size < 50) {
      const message = await messages.next();
      if (message.type === "complete") ended.add(message.id);
    }
    expect((await runOverSocket(connectClient(socketUrl), { query: VERSION }))[0]?.errors).toBeUndefined();
  });

  it("that answers no ping is sent away with 1013", async () => {
    const { socketUrl } = await startTestServer({ socketTimeouts: { silenceMs: 100 } });
    const socket = new WebSocket(socketUrl, "graphql-transport-ws", { autoPong: false });
    expect((await closingOf(socket)).code).toBe(1013);
  });

  it("that answers pings stays, even with nothing to say", async () => {
    const { socketUrl } = await startTestServer({ socketTimeouts: { silenceMs: 400 } });
    const { socket, messages } = await introduce(socketUrl);
    await messages.next();
    const pings = new EventQueue<void>();
    socket.on("ping", () => pings.push());
    for (let count = 0; count < 4; count++) await pings.next();
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it("without an operation is closed after a while, one with an operation is not", async () => {
    const { socketUrl, services } = await startTestServer({ socketTimeouts: { silenceMs: 100, idleMs: 300 } });
    const { id } = services.addJob();
    const busy = await introduce(socketUrl);
    await busy.messages.next();
    busy.socket.send(subscribe("1", SUBSCRIPTION, { id }));
    await busy.messages.next();
    const { socket } = await introduce(socketUrl);
    expect(await closingOf(socket)).toEqual({ code: 1000, reason: "Idle: no operation for a long time" });
    expect(busy.socket.readyState).toBe(WebSocket.OPEN);
    services.change(id, { status: "COMPLETED" });
    expect((await busy.messages.until(({ type }) => type === "complete")).id).toBe("1");
  });

  it("that does not introduce itself is closed", async () => {
    const { socketUrl } = await startTestServer({ socketTimeouts: { connectionInitMs: 30 } });
    expect((await closingOf(await connect(socketUrl))).code).toBe(4408);
  });
});

describe("the number of open streams", () => {
  const eventStream = (graphqlUrl: string, id: string) =>
    postBody(`${graphqlUrl}/stream`, JSON.stringify({ query: SUBSCRIPTION, variables: { id } }), {
      accept: "text/event-stream",
    });

  it("is bounded by address, over WebSocket and SSE together, and a place left is free again", async () => {
    const { socketUrl, graphqlUrl, services } = await startTestServer({
      streamBounds: { ...streamBounds, maxStreamsPerClient: 2 },
    });
    const { id } = services.addJob();
    const socket = await connect(socketUrl);
    const stream = await eventStream(graphqlUrl, id);
    expect(stream.status).toBe(200);

    expect(await openSocket(socketUrl)).toBe(429);
    const refused = await eventStream(graphqlUrl, id);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("10");
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: "TOO_MANY_STREAMS" } }] });

    socket.close();
    await closingOf(socket);
    await expect.poll(async () => (await openSocket(socketUrl)) instanceof WebSocket).toBe(true);
    services.change(id, { status: "COMPLETED" });
    await stream.text();
  });

  it("is bounded in all", async () => {
    const { socketUrl, graphqlUrl, services } = await startTestServer({
      streamBounds: { ...streamBounds, maxStreams: 1 },
    });
    await connect(socketUrl);
    expect(await openSocket(socketUrl)).toBe(503);
    expect((await eventStream(graphqlUrl, services.addJob().id)).status).toBe(503);
    expect((await fetch(graphqlUrl.replace("/graphql", "/healthz"))).status).toBe(200);
  });

  it("is bounded by caller, whatever the addresses", async () => {
    const { socketUrl, graphqlUrl } = await startTestServer({
      trustedProxies: ["127.0.0.1"],
      streamBounds: { ...streamBounds, maxStreamsPerClient: 1 },
    });
    const first = await introduce(socketUrl, { "x-forwarded-for": "192.0.2.1" });
    expect((await first.messages.next()).type).toBe("connection_ack");
    const second = await introduce(socketUrl, { "x-forwarded-for": "192.0.2.2" });
    expect(await closingOf(second.socket)).toMatchObject({ code: 1013 });
    const third = await fetch(`${graphqlUrl}/stream?query=${encodeURIComponent(VERSION)}`, {
      headers: { accept: "text/event-stream", "x-forwarded-for": "192.0.2.3" },
    });
    expect(third.status).toBe(429);
  });

  it("takes X-Forwarded-For from nobody but trusted proxies", async () => {
    const { socketUrl } = await startTestServer({ streamBounds: { ...streamBounds, maxStreamsPerClient: 1 } });
    await connect(socketUrl, { "x-forwarded-for": "192.0.2.1" });
    expect(await openSocket(socketUrl, { "x-forwarded-for": "192.0.2.2" })).toBe(429);
  });
});

describe("an event stream", () => {
  it("that is read by nobody is cut off, and releases what it held", async () => {
    const { graphqlUrl, services } = await startTestServer({ socketTimeouts: { silenceMs: 300 } });
    const { id } = services.addJob();
    const response = await postBody(
      `${graphqlUrl}/stream`,
      JSON.stringify({ query: SUBSCRIPTION, variables: { id } }),
      { accept: "text/event-stream" },
    );
    await expect.poll(() => services.openWatchers).toBe(1);
    services.change(id, { logs: Array.from({ length: 30 }, () => "x".repeat(1_000_000)) });
    await expect.poll(() => services.openWatchers, { timeout: 10_000 }).toBe(0);
    await expect(response.text()).rejects.toThrow();

    services.change(id, { status: "COMPLETED" });
    const missed = await runOverEvents(graphqlUrl, { query: SUBSCRIPTION, variables: { id, after: "cursor-1" } });
    expect(missed).toMatchObject([{ data: { inpaintProgress: { cursor: "cursor-2" } } }]);
  });
});
