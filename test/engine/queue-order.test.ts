import { expect, it } from "vitest";
import { ENDPOINT, release, scripted, startEngine } from "./engine-testkit.js";

it("counts positions down as those ahead start or leave", async () => {
  const engine = await startEngine();
  const first = await engine.submit(scripted("hold first"));
  await engine.logged(first, "holding");
  const second = await engine.submit(scripted("hold second"));
  const third = await engine.submit(scripted("hold third"));
  const fourth = await engine.submit(scripted("go"));
  expect((await engine.status(fourth)).queue_position).toBe(2);

  const positions: (number | undefined)[] = [];
  const followed = engine.until(fourth, ({ status, queue_position: position }) => {
    if (status === "IN_QUEUE" && positions.at(-1) !== position) positions.push(position);
    if (position === 2) release("first");
    return status === "COMPLETED";
  });
  await engine.logged(second, "holding");
  await engine.cancel(third);
  release("second");
  await followed;
  expect(positions).toEqual([2, 1, 0]);
});

it("runs low priority after normal, and each in order of arrival", async () => {
  const engine = await startEngine();
  const running = await engine.submit(scripted("hold a"));
  await engine.logged(running, "holding");
  const low = { "x-fal-queue-priority": "low" };
  const ids = [
    await engine.submit(scripted("go"), low),
    await engine.submit(scripted("go"), low),
    await engine.submit(scripted("go")),
    await engine.submit(scripted("go"), { "x-fal-queue-priority": "unheard of" }),
  ];
  const positions = await Promise.all(ids.map(async (id) => (await engine.status(id)).queue_position));
  expect(positions).toEqual([2, 3, 0, 1]);
});

it("runs as many at once as it has workers", async () => {
  const engine = await startEngine({ workers: 2 });
  const one = await engine.submit(scripted("hold one"));
  const two = await engine.submit(scripted("hold two"));
  await Promise.all([engine.logged(one, "holding"), engine.logged(two, "holding")]);
  expect((await engine.status(await engine.submit(scripted("go")))).status).toBe("IN_QUEUE");
});

it("refuses with 429 when its queue is full or longer than the caller wants", async () => {
  const engine = await startEngine({ maxQueueLength: 2 });
  await engine.logged(await engine.submit(scripted("hold a")), "holding");
  await engine.submit(scripted("go"));
  const impatient = await engine.post(`/${ENDPOINT}?fal_max_queue_length=0`, scripted("go"));
  expect(impatient.status).toBe(429);
  const patient = await engine.post(`/${ENDPOINT}?fal_max_queue_length=1`, scripted("go"));
  expect(patient.status).toBe(200);
  const full = await engine.post(`/${ENDPOINT}`, scripted("go"));
  expect(full.status).toBe(429);
  expect(await full.json()).toEqual({ detail: expect.stringContaining("Queue is full") });
});

it("counts submits that are still being stored against the bound", async () => {
  const engine = await startEngine({ maxQueueLength: 3 });
  await engine.logged(await engine.submit(scripted("hold a")), "holding");
  const replies = await Promise.all(Array.from({ length: 10 }, () => engine.post(`/${ENDPOINT}`, scripted("go"))));
  expect(replies.map(({ status }) => status).sort()).toEqual([...Array(3).fill(200), ...Array(7).fill(429)]);
});

it("ends a waiting request at once when it is cancelled", async () => {
  const engine = await startEngine();
  await engine.logged(await engine.submit(scripted("hold a")), "holding");
  const id = await engine.submit(scripted("go"));
  const reply = await engine.cancel(id);
  expect(reply.status).toBe(200);
  expect(await reply.json()).toEqual({ status: "OK" });
  expect(await engine.status(id)).toMatchObject({
    status: "COMPLETED",
    metrics: {},
    error: "Request was cancelled by the client",
    error_type: "client_cancelled",
  });
  const again = await engine.cancel(id);
  expect(again.status).toBe(400);
  expect(await again.json()).toEqual({ status: "ALREADY_COMPLETED" });
});

it("stops a running request at once when it is cancelled, and goes on with the next", async () => {
  const engine = await startEngine();
  const spinning = await engine.submit(scripted("spin"));
  const next = await engine.submit(scripted("go"));
  await engine.logged(spinning, "started");
  const reply = await engine.cancel(spinning);
  expect(reply.status).toBe(202);
  expect(await reply.json()).toEqual({ status: "CANCELLATION_REQUESTED" });
  expect(await engine.completed(spinning)).toMatchObject({ error_type: "client_cancelled" });
  const result = await engine.result(spinning);
  expect(result.status).toBe(499);
  expect(result.headers.get("x-fal-error-type")).toBe("client_cancelled");
  await engine.completed(next);
  expect((await engine.result(next)).status).toBe(200);
});

it("cancels nothing it does not know", async () => {
  const engine = await startEngine();
  const reply = await engine.cancel("01900000-0000-7000-8000-000000000000");
  expect(reply.status).toBe(404);
  expect(await reply.json()).toEqual({ status: "NOT_FOUND" });
});

it("fails what has not started by its deadline, whichever header named it", async () => {
  const engine = await startEngine();
  await engine.logged(await engine.submit(scripted("hold a")), "holding");
  const cases: Record<string, string>[] = [
    { "x-fal-request-timeout": "0.2" },
    { "x-fal-request-start-timeout": "0.2", "x-fal-request-timeout": "3600" },
  ];
  for (const headers of cases) {
    const id = await engine.submit(scripted("go"), headers);
    const message = "Request timed out before a runner became available";
    expect(await engine.completed(id)).toMatchObject({ error: message, error_type: "startup_timeout" });
    const result = await engine.result(id);
    expect(result.status).toBe(504);
    expect(result.headers.get("x-fal-request-timeout-type")).toBe("user");
    expect(await result.json()).toEqual({ detail: message, error_type: "startup_timeout" });
  }
});

it("does not hold a deadline against what has started in time", async () => {
  const engine = await startEngine();
  const id = await engine.submit(scripted("hold a"), { "x-fal-request-start-timeout": "0.3" });
  await engine.logged(id, "holding");
  const other = await engine.submit(scripted("go"), { "x-fal-request-start-timeout": "0.5" });
  await engine.completed(other);
  release("a");
  await engine.completed(id);
  expect((await engine.result(id)).status).toBe(200);
});

it.each([["soon"], ["-1"], ["0"], ["1e3"]])("refuses the start deadline %j", async (value) => {
  const engine = await startEngine();
  const response = await engine.post(`/${ENDPOINT}`, scripted("go"), { "x-fal-request-timeout": value });
  expect(response.status).toBe(400);
});
