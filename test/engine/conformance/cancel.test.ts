import { expect, test } from "vitest";
import { ENDPOINT, falClient, scripted } from "../engine-testkit.js";
import { startStandIn, startWithStates, UNKNOWN } from "./conformance-testkit.js";

async function read(response: Response): Promise<[number, unknown]> {
  return [response.status, await response.json()];
}

test("§6 [unverified] what waits is cancelled with 200 OK and is COMPLETED at once", async () => {
  const { engine, queued } = await startWithStates();
  expect(await read(await engine.cancel(queued))).toEqual([200, { status: "OK" }]);
  expect((await engine.status(queued)).status).toBe("COMPLETED");
});

test("§6 [doc] what runs answers 202 CANCELLATION_REQUESTED and ends COMPLETED", async () => {
  const { engine, running } = await startWithStates();
  expect(await read(await engine.cancel(running))).toEqual([202, { status: "CANCELLATION_REQUESTED" }]);
  expect((await engine.completed(running)).status).toBe("COMPLETED");
});

test("§6 [doc] what has ended answers 400 ALREADY_COMPLETED", async () => {
  const { engine, completed } = await startWithStates();
  expect(await read(await engine.cancel(completed))).toEqual([400, { status: "ALREADY_COMPLETED" }]);
});

test("§6 [doc] an unknown id answers 404 NOT_FOUND", async () => {
  const { engine } = await startWithStates();
  expect(await read(await engine.cancel(UNKNOWN))).toEqual([404, { status: "NOT_FOUND" }]);
});

test("§6 [unverified] a second cancel of what still runs is 202 again", async () => {
  const { engine, running } = await startWithStates();
  await engine.set({ fault: "cancel-ignored" });
  expect([(await engine.cancel(running)).status, (await engine.cancel(running)).status]).toEqual([202, 202]);
});

test("§3 [unverified] the result of a cancelled request is 499 client_cancelled", async () => {
  const { engine, queued, running } = await startWithStates();
  for (const id of [queued, running]) {
    await engine.cancel(id);
    await engine.completed(id);
    expect(await read(await engine.result(id))).toMatchObject([499, { error_type: "client_cancelled" }]);
  }
});

test("§6 [doc] a cancelled request can still complete", async () => {
  const { engine, running } = await startWithStates();
  await engine.set({ fault: "cancel-ignored" });
  expect((await engine.cancel(running)).status).toBe(202);
  await engine.release("running");
  await engine.completed(running);
  expect((await engine.result(running)).status).toBe(200);
});

test("§6 the client's cancel resolves on any 2xx, without the word", async () => {
  const { engine, queued, running } = await startWithStates();
  const { queue } = falClient(engine.url);
  expect(await queue.cancel(ENDPOINT, { requestId: queued })).toBeUndefined();
  expect(await queue.cancel(ENDPOINT, { requestId: running })).toBeUndefined();
});

test("§6 the client's cancel throws on 400 and 404", async () => {
  const { engine, completed } = await startWithStates();
  const { queue } = falClient(engine.url);
  await expect(queue.cancel(ENDPOINT, { requestId: completed })).rejects.toMatchObject({
    status: 400,
    body: { status: "ALREADY_COMPLETED" },
  });
  await expect(queue.cancel(ENDPOINT, { requestId: UNKNOWN })).rejects.toMatchObject({ status: 404 });
});

test("§6 [wire] subscribe's timeout sends the cancel", async () => {
  const engine = await startStandIn({ fault: "never-completes" });
  const subscribed = falClient(engine.url).subscribe(ENDPOINT, {
    input: scripted("go"),
    pollInterval: 10,
    timeout: 100,
  });
  await expect(subscribed).rejects.toThrow(/timed out/);
  await expect.poll(async () => (await engine.seen()).total.cancel).toBe(1);
});

test("§6 [wire] an abort signal of the client never cancels on the server", async () => {
  const { engine, running } = await startWithStates();
  const abort = new AbortController();
  const asked = falClient(engine.url).queue.status(ENDPOINT, { requestId: running, abortSignal: abort.signal });
  abort.abort();
  await asked.catch(() => {});
  expect((await engine.seen()).total.cancel).toBe(0);
  expect((await engine.status(running)).status).toBe("IN_PROGRESS");
});
