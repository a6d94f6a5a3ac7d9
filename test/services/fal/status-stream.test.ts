import { getEventListeners } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import type { UpstreamStatus } from "../../../src/services/fal/decode.js";
import {
  events,
  eventText,
  html,
  json,
  LiveStream,
  redirect,
  reset,
  type ScriptedUpstream,
  silence,
  text,
} from "../../support/scripted-upstream.js";
import { STREAM, startQueue } from "./fal-testkit.js";

const QUEUED = { status: "IN_QUEUE", queue_position: 1, logs: [] };
const RUNNING = { status: "IN_PROGRESS", logs: [] };
const COMPLETED = { status: "COMPLETED", logs: [] };
const line = (message: string) => ({ timestamp: "2026-05-04T12:00:00", message, labels: {} });

async function start(): Promise<{
  upstream: ScriptedUpstream;
  live: LiveStream;
  statuses: AsyncGenerator<UpstreamStatus, void>;
  controller: AbortController;
}> {
  const { upstream, queue } = await startQueue();
  const live = new LiveStream();
  upstream.on(STREAM, live.reply);
  const controller = new AbortController();
  return { upstream, live, statuses: queue.streamStatus("r1", controller.signal), controller };
}

async function all(statuses: AsyncIterable<UpstreamStatus>): Promise<string[]> {
  const seen: string[] = [];
  for await (const { status } of statuses) seen.push(status);
  return seen;
}

test("gives statuses as they come and ends with the stream", async () => {
  const { upstream, live, statuses } = await start();

  const first = statuses.next();
  await live.opened;
  live.send(QUEUED);
  expect((await first).value).toMatchObject({ status: "IN_QUEUE", queuePosition: 1 });
  live.send(RUNNING);
  expect((await statuses.next()).value).toMatchObject({ status: "IN_PROGRESS" });
  live.end();
  expect((await statuses.next()).done).toBe(true);

  const [request] = upstream.seen(STREAM);
  expect(request?.query.get("logs")).toBe("1");
  expect(request?.headers.accept).toBe("text/event-stream");
});

test("a connection whose stream has ended is used again", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(STREAM, events(RUNNING, COMPLETED));

  for (let index = 0; index < 3; index++) {
    await all(queue.streamStatus("r1", new AbortController().signal));
    await new Promise(setImmediate);
  }

  expect(new Set(upstream.requests.map(({ clientPort }) => clientPort)).size).toBe(1);
});

test("ends soon after COMPLETED, though upstream keeps the stream open", async () => {
  const { live, statuses } = await start();

  const seen = all(statuses);
  await live.opened;
  live.send(RUNNING, COMPLETED);

  expect(await seen).toEqual(["IN_PROGRESS", "COMPLETED"]);
  await live.left;
});

test("keeps a character whole that is split between chunks", async () => {
  const { live, statuses } = await start();
  const whole = Buffer.from(eventText({ ...RUNNING, logs: [line("naïve 🎷 ré")] }));
  const middle = whole.indexOf(Buffer.from("🎷")) + 2;

  const first = statuses.next();
  await live.opened;
  live.write(Buffer.concat([Buffer.from(eventText(QUEUED)), whole.subarray(0, middle)]));
  await first;
  live.write(whole.subarray(middle));

  expect((await statuses.next()).value).toMatchObject({ logs: [{ message: "naïve 🎷 ré" }] });
  await statuses.return();
});

test("reads an event that trickles in byte by byte, comments between", async () => {
  const { live, statuses } = await start();

  const first = statuses.next();
  await live.opened;
  for (const byte of Buffer.from(`: keep-alive\n\n${eventText(RUNNING)}`)) live.write(Buffer.of(byte));

  expect((await first).value).toMatchObject({ status: "IN_PROGRESS" });
  await statuses.return();
});

test("gives what came before an event that is no JSON, then throws", async () => {
  const { upstream, queue } = await startQueue();
  upstream.on(STREAM, text(200, "text/event-stream", `${eventText(RUNNING)}data: {oops\n\n`));
  const statuses = queue.streamStatus("r1", new AbortController().signal);

  expect((await statuses.next()).value).toMatchObject({ status: "IN_PROGRESS" });
  await expect(statuses.next()).rejects.toThrow(SyntaxError);
});

test.each([
  ["404", json(404, { status: "NOT_FOUND" })],
  ["405", json(405, {})],
  ["500", html(500)],
  ["a redirect", redirect("/elsewhere")],
  ["HTML", html(200)],
  ["JSON", json(200, RUNNING)],
  ["a reset", reset()],
  ["an unknown status", events({ status: "PAUSED" })],
])("throws for %s", async (_, reply) => {
  const { upstream, queue } = await startQueue();
  upstream.on(STREAM, reply);

  await expect(all(queue.streamStatus("r1", new AbortController().signal))).rejects.toThrow();
  expect(upstream.requests).toHaveLength(1);
});

test("throws when the connection breaks in the middle", async () => {
  const { live, statuses } = await start();

  const first = statuses.next();
  await live.opened;
  live.send(RUNNING);
  await first;
  live.reset();

  await expect(statuses.next()).rejects.toThrow();
});

test("an event that never ends is given up", async () => {
  const { live, statuses } = await start();

  const first = statuses.next();
  await live.opened;
  live.write(Buffer.from(`data: ${"x".repeat(1_100_000)}`));

  await expect(first).rejects.toThrow(/too large/);
  await live.left;
});

test("many events on one stream are not too large together", async () => {
  const { upstream, queue } = await startQueue();
  const large = { ...RUNNING, logs: [line("x".repeat(300_000))] };
  upstream.on(STREAM, events(large, large, large, large, large));

  expect(await all(queue.streamStatus("r1", new AbortController().signal))).toHaveLength(5);
});

test("leaves upstream when the reader stops, and nothing behind on the signal", async () => {
  const { live, statuses, controller } = await start();

  const first = statuses.next();
  await live.opened;
  live.send(RUNNING);
  await first;
  await statuses.return();

  await live.left;
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
});

test("leaves upstream when the signal fires, and sends nothing after it", async () => {
  const { upstream, live, statuses, controller } = await start();

  const first = statuses.next();
  await live.opened;
  controller.abort();

  await expect(first).rejects.toThrow();
  await live.left;
  const { queue } = await startQueue();
  await expect(queue.streamStatus("r1", controller.signal).next()).rejects.toThrow();
  expect(upstream.requests).toHaveLength(1);
});

test("a stream that falls silent, or never begins, is given up", async () => {
  const { upstream, queue } = await startQueue();
  const live = new LiveStream();
  upstream.on(STREAM, live.reply, silence());
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });

  const silent = queue.streamStatus("r1", new AbortController().signal);
  const first = silent.next();
  await live.opened;
  live.send(RUNNING);
  await first;
  const second = expect(silent.next()).rejects.toThrow();
  vi.advanceTimersByTime(46_000);
  await second;
  await live.left;

  const begun = expect(queue.streamStatus("r1", new AbortController().signal).next()).rejects.toThrow();
  while (upstream.requests.length < 2) await new Promise(setImmediate);
  vi.advanceTimersByTime(46_000);
  await begun;
});

test("a stream that only keeps itself alive for minutes is given up", async () => {
  const { live, statuses } = await start();
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });

  const first = statuses.next();
  await live.opened;
  live.send(RUNNING);
  await first;
  const second = expect(statuses.next()).rejects.toThrow(/told nothing/);
  vi.setSystemTime(Date.now() + 61_000);
  live.write(Buffer.from(": keep-alive\n\n"));

  await second;
  await live.left;
});
