import { expect, test } from "vitest";
import { json, LiveStream, reset } from "../../support/scripted-upstream.js";
import { CANCEL, OUTPUT, RESULT, STATUS, STREAM } from "../fal/fal-testkit.js";
import { COMPLETED, RUNNING, startTracking, type Tracking } from "./tracker-testkit.js";

const TAKEN = json(202, { status: "CANCELLATION_REQUESTED" });

async function running(): Promise<{ tracking: Tracking; live: LiveStream; cancel: () => Promise<void> }> {
  const tracking = await startTracking();
  const live = new LiveStream();
  tracking.upstream.on(STREAM, live.reply);
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(499, { detail: "Cancelled", error_type: "client_cancelled" }));
  const job = await tracking.submitted();
  tracking.tracker.track(job);
  await live.opened;
  const cancel = async () => {
    await tracking.wishCancel(job);
    tracking.tracker.passCancelOn(job);
  };
  return { tracking, live, cancel };
}

test("a wish is passed on at once and ends the job as what truly happened", async () => {
  const { tracking, live, cancel } = await running();
  tracking.upstream.on(CANCEL, TAKEN);

  await cancel();
  await tracking.upstream.arrivals.until(({ route }) => route === CANCEL);
  live.send(RUNNING);
  const still = await tracking.until(({ status }) => status === "IN_PROGRESS");
  live.send(COMPLETED);
  const finished = await tracking.finished();

  expect(still.cancelRequestedAt).toBe(tracking.clock.now);
  expect(finished).toMatchObject({ status: "CANCELLED", cancelRequestedAt: tracking.clock.now });
  expect(tracking.upstream.seen(CANCEL)).toHaveLength(1);
});

test("a job that completes in spite of the wish is completed", async () => {
  const { tracking, live, cancel } = await running();
  tracking.upstream.on(CANCEL, json(400, { status: "ALREADY_COMPLETED" }));
  tracking.upstream.on(RESULT, json(200, OUTPUT));

  await cancel();
  await tracking.upstream.arrivals.until(({ route }) => route === CANCEL);
  live.send(COMPLETED);

  expect(await tracking.finished()).toMatchObject({ status: "COMPLETED", cancelRequestedAt: tracking.clock.now });
  expect(tracking.upstream.seen(CANCEL)).toHaveLength(1);
});

test.each([
  ["failed", json(503, {})],
  ["broke", reset()],
  ["met a request that is not known everywhere yet", json(404, { status: "NOT_FOUND" })],
])("a wish whose message %s is repeated while the stream stays open", async (_, first) => {
  const { tracking, live, cancel } = await running();
  tracking.upstream.on(CANCEL, first, TAKEN);

  await cancel();
  await tracking.upstream.arrivals.until(({ route }) => route === CANCEL);
  await tracking.upstream.arrivals.until(({ route }) => route === CANCEL);
  live.send(COMPLETED);
  await tracking.finished();

  expect(tracking.upstream.seen(STREAM)).toHaveLength(1);
  expect(tracking.upstream.seen(CANCEL)).toHaveLength(2);
});

test("a wish told twice is passed on once", async () => {
  const { tracking, live, cancel } = await running();
  tracking.upstream.on(CANCEL, TAKEN);

  await cancel();
  await cancel();
  await tracking.upstream.arrivals.until(({ route }) => route === CANCEL);
  live.send(COMPLETED);
  await tracking.freed.next();

  expect(tracking.upstream.seen(CANCEL)).toHaveLength(1);
});

test("a wish that was stored before the job was followed is passed on", async () => {
  const tracking = await startTracking();
  const live = new LiveStream();
  tracking.upstream.on(STREAM, live.reply);
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  tracking.upstream.on(CANCEL, TAKEN);
  const job = await tracking.submitted();
  await tracking.wishCancel(job);

  tracking.tracker.track(job);
  await tracking.upstream.arrivals.until(({ route }) => route === CANCEL);
  await live.opened;
  live.send(COMPLETED);
  await tracking.freed.next();

  expect(tracking.upstream.seen(CANCEL)).toHaveLength(1);
});

test("closing does not wait for a wish that upstream does not take, and nothing is sent after it", async () => {
  const { tracking, cancel } = await running();
  tracking.upstream.on(CANCEL, json(503, {}));
  await cancel();
  await tracking.upstream.arrivals.until(({ route }) => route === CANCEL);

  await tracking.tracker.close();
  await tracking.queue.close();

  expect(tracking.upstream.seen(CANCEL)).toHaveLength(1);
});

test("a wish for a job that nobody follows does nothing", async () => {
  const tracking = await startTracking();
  const job = await tracking.submitted();

  tracking.tracker.passCancelOn(job);

  expect(tracking.upstream.requests).toEqual([]);
});
