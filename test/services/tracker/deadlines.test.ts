import { expect, test } from "vitest";
import { json, LiveStream, type Reply, reset } from "../../support/scripted-upstream.js";
import { CANCEL, OUTPUT, RESULT, STATUS, STREAM } from "../fal/fal-testkit.js";
import { COMPLETED, QUEUED, RUNNING, startTracking, type Tracking } from "./tracker-testkit.js";

const TAKEN = json(202, { status: "CANCELLATION_REQUESTED" });
const CANCELLED = json(499, { detail: "Cancelled", error_type: "client_cancelled" });
const HOUR_MS = 3_600_000;

/** A job that upstream keeps in this state; its stream is open and quiet. */
async function kept(status: object): Promise<{ tracking: Tracking; id: string }> {
  const tracking = await startTracking({ runSeconds: 600 });
  const live = new LiveStream();
  tracking.upstream.on(STREAM, live.reply, json(404, {}));
  tracking.upstream.on(STATUS, json(202, status));
  tracking.upstream.on(CANCEL, TAKEN);
  tracking.upstream.on(RESULT, CANCELLED);
  const job = await tracking.submitted();
  tracking.tracker.track(job);
  await live.opened;
  live.send(status);
  if (status === RUNNING) await tracking.until((current) => current.status === "IN_PROGRESS");
  return { tracking, id: job.id };
}

/** From now on upstream says that the request has ended. */
function endsWith(tracking: Tracking, result: Reply): Reply {
  tracking.upstream.on(RESULT, result);
  return (response, request) => {
    tracking.upstream.on(STATUS, json(200, COMPLETED));
    TAKEN(response, request);
  };
}

test("a job that does not start in time is cancelled upstream and told as timed out", async () => {
  const { tracking } = await kept(QUEUED);
  tracking.upstream.on(CANCEL, endsWith(tracking, CANCELLED));

  tracking.clock.now += HOUR_MS + 15_000;

  expect(await tracking.finished()).toMatchObject({
    status: "FAILED",
    error: { code: "TIMED_OUT", field: ["options", "startTimeout"], retryable: true },
    cancelRequestedAt: null,
    billed: "NO",
  });
  expect(tracking.upstream.seen(CANCEL)).toHaveLength(1);
});

test("a run that takes too long is cancelled upstream and told as timed out", async () => {
  const { tracking } = await kept(RUNNING);
  tracking.upstream.on(CANCEL, endsWith(tracking, CANCELLED));

  tracking.clock.now += 600_000;

  expect(await tracking.finished()).toMatchObject({ status: "FAILED", error: { code: "TIMED_OUT", field: null } });
});

test("a job whose time was up and that finishes all the same keeps its result", async () => {
  const { tracking } = await kept(RUNNING);
  tracking.upstream.on(CANCEL, endsWith(tracking, json(200, OUTPUT)));

  tracking.clock.now += 600_000;

  expect(await tracking.finished()).toMatchObject({ status: "COMPLETED", error: null });
});

test("a job that upstream does not end is given up after a minute", async () => {
  const { tracking, id } = await kept(RUNNING);
  tracking.clock.now += 600_000;
  await tracking.upstream.arrivals.until(({ route }) => route === CANCEL);
  tracking.clock.now += 59_000;
  await tracking.upstream.arrivals.until(({ route }) => route === STATUS);
  expect((await tracking.find(id)).status).toBe("IN_PROGRESS");

  tracking.clock.now += 1_000;
  const finished = await tracking.finished();

  expect(finished).toMatchObject({
    status: "FAILED",
    error: { code: "TIMED_OUT", message: expect.stringContaining("did not confirm") },
  });
  await tracking.freed.next();
  expect(tracking.upstream.seen(CANCEL)).toHaveLength(1);
});

test("a job that its caller wants cancelled is cancelled, whatever the time", async () => {
  const { tracking, id } = await kept(RUNNING);
  await tracking.wishCancel(await tracking.find(id));
  tracking.upstream.on(CANCEL, endsWith(tracking, CANCELLED));

  tracking.clock.now += 600_000;

  expect((await tracking.finished()).status).toBe("CANCELLED");
});

test("a job that ended while nobody followed it is not cancelled, however late it is", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STREAM, new LiveStream().reply);
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();
  tracking.clock.now += 10 * HOUR_MS;

  expect((await tracking.finish(job)).status).toBe("COMPLETED");
  expect(tracking.upstream.seen(CANCEL)).toEqual([]);
});

test("an outage ends no job until its result can't be there any more", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STREAM, reset());
  tracking.upstream.on(STATUS, reset());
  const job = await tracking.submitted();
  tracking.tracker.track(job);
  await tracking.upstream.arrivals.until(({ route }) => route === STATUS);

  tracking.clock.now += HOUR_MS + 16_000;
  await tracking.upstream.arrivals.until(({ route }) => route === STATUS);
  await tracking.upstream.arrivals.until(({ route }) => route === STATUS);
  expect((await tracking.find(job.id)).status).toBe("IN_QUEUE");
  tracking.clock.now += HOUR_MS;

  expect(await tracking.finished()).toMatchObject({ status: "FAILED", error: { code: "TIMED_OUT" } });
  expect(tracking.upstream.seen(CANCEL)).toEqual([]);
});

test("a cancel that upstream has answered is looked after at once, though positions say that there is time", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STREAM, json(404, {}));
  tracking.upstream.on(STATUS, json(202, { ...QUEUED, queue_position: 1_000 }));
  tracking.upstream.on(CANCEL, endsWith(tracking, CANCELLED));
  const job = await tracking.submitted();
  tracking.tracker.track(job);
  await tracking.upstream.arrivals.until(({ route }) => route === STATUS);
  await tracking.wishCancel(job);

  const from = performance.now();
  tracking.tracker.passCancelOn(job);

  expect((await tracking.finished()).status).toBe("CANCELLED");
  expect(performance.now() - from).toBeLessThan(5_000);
});
