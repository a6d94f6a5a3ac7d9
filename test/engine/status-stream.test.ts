import { expect, it } from "vitest";
import type { StatusBody } from "./engine-testkit.js";
import { release, scripted, startEngine } from "./engine-testkit.js";

async function collect(events: AsyncIterable<StatusBody>): Promise<StatusBody[]> {
  const all: StatusBody[] = [];
  for await (const event of events) all.push(event);
  return all;
}

it("sends each log line once, in order, and closes after COMPLETED", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("hold a"));
  const early = collect(engine.stream(id));
  await engine.logged(id, "holding");
  const late = collect(engine.stream(id));
  await engine.until(id, () => true);
  release("a");
  const lines = (events: StatusBody[]) => events.flatMap(({ logs }) => logs ?? []).map(({ message }) => message);
  const [one, other] = await Promise.all([early, late]);
  const all = (await engine.status(id)).logs?.map(({ message }) => message);
  expect(all).toHaveLength(4);
  expect(lines(one)).toEqual(all);
  expect(lines(other)).toEqual(all);
  expect(one.at(-1)?.status).toBe("COMPLETED");
  expect(one.filter(({ status }) => status === "COMPLETED")).toHaveLength(1);
});

it("never lets the progress fall and ends at 1", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("go"));
  const progress = (await collect(engine.stream(id))).map((event) => event.progress ?? 0);
  expect(progress).toEqual([...progress].sort());
  expect(progress.at(-1)).toBe(1);
});

it("gathers what a chatty worker says at once into few events, and loses no line", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("chatter"));
  const events = await collect(engine.stream(id));
  const messages = events.flatMap(({ logs }) => logs ?? []).map(({ message }) => message);
  expect(messages.filter((message) => message.startsWith("line"))).toHaveLength(50);
  const seconds = events.at(-1)?.metrics.inference_time ?? 0;
  const running = events.filter(({ status }) => status === "IN_PROGRESS");
  // The change of status itself, the first line, and five a second after it.
  expect(running.length).toBeLessThanOrEqual(2 + 5 * seconds);
});

it("sends no lines unless asked", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("go"));
  for (const event of await collect(engine.stream(id, "0"))) expect(event.logs).toBeNull();
});

it("tells a finished request in one event", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("go"));
  await engine.completed(id);
  const events = await collect(engine.stream(id));
  expect(events).toEqual([await engine.status(id)]);
});

it("answers as an event stream that proxies leave alone", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("go"));
  const response = await engine.get(`/fal-ai/stable-audio-25/requests/${id}/status/stream`);
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
  expect(response.headers.get("cache-control")).toContain("no-transform");
  await response.text();
});

it("ends its streams when the engine closes", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("hold a"));
  const events = collect(engine.stream(id));
  await engine.logged(id, "holding");
  await engine.close();
  expect((await events).at(-1)?.status).not.toBe("COMPLETED");
});

it("goes on without readers that have left", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("hold a"));
  await engine.logged(id, "holding");
  release("a");
  await engine.completed(id);
  expect((await engine.result(id)).status).toBe(200);
});
