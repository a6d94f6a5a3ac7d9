import { describe, expect, it } from "vitest";
import WebSocket from "ws";
import { loadConfig } from "../../src/config.js";
import { closingOf, connectClient, openSocket, runOverSocket } from "./clients.js";
import { startTestServer } from "./test-server.js";

const VERSION = "{ service { version } }";

describe("the WebSocket endpoint", () => {
  it("serves queries and mutations too", async () => {
    const { socketUrl } = await startTestServer();
    const answers = await runOverSocket(connectClient(socketUrl), { query: VERSION });
    expect(answers).toMatchObject([{ data: { service: { version: expect.any(String) } } }]);
  });

  it("refuses other paths with 404", async () => {
    const { socketUrl } = await startTestServer();
    expect(await openSocket(`${socketUrl}/other`)).toBe(404);
    expect(await openSocket(socketUrl.replace("/graphql", "/"))).toBe(404);
  });

  it.each([
    ["another site", "https://evil.test", 403],
    ["a sandboxed page", "null", 403],
    ["a listed origin with another port", "https://studio.test:444", 403],
    ["a listed origin", "https://studio.test", "open"],
  ])("answers a page of %s", async (_name, origin, expected) => {
    const { socketUrl } = await startTestServer({ corsOrigins: ["https://studio.test/"] });
    const result = await openSocket(socketUrl, { origin });
    expect(result instanceof WebSocket ? "open" : result).toBe(expected);
  });

  it("lets in its own pages, and clients that are no browser", async () => {
    const { socketUrl, url } = await startTestServer();
    expect(await openSocket(socketUrl, { origin: url })).toBeInstanceOf(WebSocket);
    expect(await openSocket(socketUrl)).toBeInstanceOf(WebSocket);
  });

  it("refuses one operation too many, and keeps the socket", async () => {
    const { socketUrl, services } = await startTestServer({
      socketLimits: { ...loadConfig({}).socketLimits, maxOperations: 2 },
    });
    const { id } = services.addJob();
    const client = connectClient(socketUrl);
    const query = `subscription { inpaintProgress(jobId: "${id}") { status } }`;
    const running = [client.iterate({ query }), client.iterate({ query })];
    await Promise.all(running.map((results) => results.next()));

    const refused = await runOverSocket(client, { query: VERSION });
    expect(refused).toMatchObject([{ errors: [{ extensions: { code: "TOO_MANY_OPERATIONS" } }] }]);

    await running[0]?.return?.();
    expect(await runOverSocket(client, { query: VERSION })).toMatchObject([{ data: { service: {} } }]);
  });

  it("carries messages of any length, whose place for their length grows at 126 and 65,536 bytes", async () => {
    const { socketUrl, services } = await startTestServer();
    const client = connectClient(socketUrl);
    const lengths = [126, 65_536].flatMap((bound) =>
      Array.from({ length: 10 }, (_, index) => bound - 120 + 12 * index),
    );
    for (const prompt of [...lengths.map((length) => "x".repeat(length)), "ﬁn “à” 🎵".repeat(9_000)]) {
      const { id } = services.addJob({ input: { ...services.addJob().input, prompt } });

      const [answer] = await runOverSocket(client, { query: `{ inpaintJob(id: "${id}") { input { prompt } } }` });

      expect(answer).toEqual({ data: { inpaintJob: { input: { prompt } } } });
    }
  });

  it("closes a socket whose message is too large, with 1009", async () => {
    const { socketUrl } = await startTestServer({
      socketLimits: { ...loadConfig({}).socketLimits, maxMessageBytes: 1_000 },
    });
    const socket = await openSocket(socketUrl);
    if (!(socket instanceof WebSocket)) throw new Error("The socket was refused.");
    const closing = closingOf(socket);
    socket.send("x".repeat(2_000));
    expect((await closing).code).toBe(1009);
  });

  it.each([
    ["what is no JSON", "hello", 4400],
    ["what only servers may send", '{"id":"1","type":"next","payload":{}}', 4400],
    ["an operation before the introduction", '{"id":"1","type":"subscribe","payload":{"query":"{ a }"}}', 4401],
  ])("closes a socket that sends %s", async (_name, message, code) => {
    const { socketUrl, logs } = await startTestServer();
    const socket = await openSocket(socketUrl);
    if (!(socket instanceof WebSocket)) throw new Error("The socket was refused.");
    const closing = closingOf(socket);
    socket.send(message);
    expect((await closing).code).toBe(code);
    expect(logs).toEqual([]);
  });

  it("tells clients to go away when the server closes", async () => {
    const { socketUrl, close } = await startTestServer();
    const socket = await openSocket(socketUrl);
    if (!(socket instanceof WebSocket)) throw new Error("The socket was refused.");
    const closing = closingOf(socket);
    await close();
    expect(await closing).toEqual({ code: 1001, reason: "Going away" });
  });

  it("does not wait for a client that never leaves", async () => {
    const { socketUrl, close } = await startTestServer({ closeGraceMs: 20 });
    const socket = await openSocket(socketUrl);
    if (!(socket instanceof WebSocket)) throw new Error("The socket was refused.");
    socket.pause();
    await close();
    const closing = closingOf(socket);
    socket.resume();
    expect([1001, 1006]).toContain((await closing).code);
  });
});
