import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { watchLoopDelay } from "../../src/http/loop-delay.js";
import { Observations } from "../../src/observations.js";
import { EventQueue } from "../support/event-queue.js";
import { answerOver, connectClient, openSocket, postBody, runOverSocket } from "./clients.js";
import { startTestServer } from "./test-server.js";

const PROGRESS = "subscription ($id: ID!) { inpaintProgress(jobId: $id) { status } }";
const VERSION = { query: "{ service { version } }" };
const REFUSED = { message: expect.any(String), extensions: { code: "RATE_LIMITED", retryAfter: expect.any(Number) } };

/** A server that refuses new work beyond 100 ms; the test says how late its loop is. */
async function startLimited() {
  const delay = { milliseconds: 0 };
  const observations = new Observations();
  let refusals = 0;
  observations.on("overload-refused", () => {
    refusals += 1;
  });
  const server = await startTestServer({ overload: { limitMs: 100, delay }, observations });
  return { ...server, delay, refusals: () => refusals };
}

it("refuses operations over HTTP and SSE while the loop is late: 503, RATE_LIMITED, Retry-After", async () => {
  const { graphqlUrl, delay, refusals } = await startLimited();
  delay.milliseconds = 101;

  const overHttp = await postBody(graphqlUrl, JSON.stringify(VERSION));
  const overEvents = await postBody(`${graphqlUrl}/stream`, JSON.stringify(VERSION), { accept: "text/event-stream" });

  for (const response of [overHttp, overEvents]) {
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await response.json()).toEqual({ errors: [REFUSED] });
  }
  expect(refusals()).toBe(2);
});

it("refuses new sockets, and new operations on those that are open", async () => {
  const { socketUrl, services, delay } = await startLimited();
  const { id } = services.addJob();
  const client = connectClient(socketUrl);
  expect(await runOverSocket(client, VERSION)).toMatchObject([{ data: {} }]);
  const held = new EventQueue<unknown>();
  client.subscribe(
    { query: PROGRESS, variables: { id } },
    { next: (answer) => held.push(answer), error: () => {}, complete: () => {} },
  );
  await held.next();
  delay.milliseconds = 500;

  expect(await openSocket(socketUrl)).toBe(503);
  for (const operation of [VERSION, { query: PROGRESS, variables: { id } }]) {
    expect(await runOverSocket(client, operation)).toEqual([{ errors: [REFUSED] }]);
  }
});

it("goes on with running subscriptions, tells health, and takes work again once the loop keeps up", async () => {
  const server = await startLimited();
  const { url, socketUrl, services, delay } = server;
  const { id } = services.addJob();
  const updates = new EventQueue<unknown>();
  connectClient(socketUrl).subscribe(
    { query: PROGRESS, variables: { id } },
    { next: (answer) => updates.push(answer), error: () => {}, complete: () => updates.push("complete") },
  );
  await updates.next();
  delay.milliseconds = 101;

  services.change(id, { status: "COMPLETED" });

  expect(await updates.next()).toEqual({ data: { inpaintProgress: { status: "COMPLETED" } } });
  expect(await updates.next()).toBe("complete");
  for (const path of ["/healthz", "/readyz"]) expect((await fetch(url + path)).status).toBe(200);
  delay.milliseconds = 100;
  for (const transport of ["HTTP", "WebSocket", "SSE"] as const) {
    expect(await answerOver(transport, server, VERSION)).toMatchObject({ data: { service: {} } });
  }
});

it("measures how late a loop is that does not keep up", async () => {
  const delay = watchLoopDelay();
  onTestFinished(() => delay.close());
  const turn = async (busyMs: number) => {
    const end = performance.now() + busyMs;
    while (performance.now() < end);
    await nextTurn();
  };

  for (let turns = 0; turns < 100 && delay.milliseconds < 30; turns++) await turn(60);

  expect(delay.milliseconds).toBeGreaterThanOrEqual(30);
  await expect.poll(() => delay.milliseconds, { timeout: 10_000 }).toBeLessThan(30);
});
