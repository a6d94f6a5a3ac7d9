import { expect, test } from "vitest";
import { events, json, LiveStream, reset } from "../../support/scripted-upstream.js";
import { OUTPUT, RESULT, STATUS, STREAM } from "../fal/fal-testkit.js";
import { COMPLETED, line, QUEUED, RUNNING, startTracking } from "./tracker-testkit.js";

test("follows the stream to the end, and tells the end with the result in hand", async () => {
  const tracking = await startTracking();
  const { upstream, clock } = tracking;
  const live = new LiveStream();
  upstream.on(STREAM, live.reply);
  upstream.on(STATUS, json(200, COMPLETED));
  upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  tracking.tracker.track(job);
  await live.opened;
  live.send({ ...QUEUED, queue_position: 3 });
  clock.now += 1_000;
  live.send({ ...RUNNING, logs: [line(1, "sampling")] });
  const running = await tracking.until(({ status }) => status === "IN_PROGRESS");
  clock.now += 1_000;
  live.send({ ...RUNNING, progress: 0.5, logs: [line(2, "half")] });
  await tracking.until(({ progress }) => progress === 0.5);
  live.send({ ...COMPLETED, logs: [line(3, "done")] });
  const finished = await tracking.finished();

  expect(running.startedAt).toBe(clock.now - 1_000);
  expect(finished).toMatchObject({
    status: "COMPLETED",
    progress: 1,
    startedAt: clock.now - 1_000,
    finishedAt: clock.now,
    inferenceSeconds: 4.5,
    billed: "NO",
    output: { audio: { url: OUTPUT.audio.url, contentType: "audio/wav" }, seed: 42n },
    error: null,
  });
  expect(await tracking.messages(job)).toEqual(["sampling", "half", "done"]);
  expect(await tracking.statuses(job)).toEqual(["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]);
  expect(await tracking.timeline(job)).toEqual(["accepted", "sent", "submitted", "started", "finished"]);
  await live.left;
  await tracking.freed.next();
  expect(upstream.requests.map(({ route }) => route)).toEqual([STREAM, STATUS, RESULT]);
});

test("polls where there is no stream", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STREAM, json(404, { status: "NOT_FOUND" }));
  tracking.upstream.on(STATUS, json(202, RUNNING), json(200, { ...COMPLETED, logs: [line(1, "late")] }));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  const finished = await tracking.finish(job);

  expect(finished.status).toBe("COMPLETED");
  expect(await tracking.messages(job)).toEqual(["late"]);
  expect(await tracking.statuses(job)).toEqual(["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]);
  expect(await tracking.timeline(job)).toEqual(["accepted", "sent", "submitted", "started", "fallback", "finished"]);
});

test.each([
  ["closes early", events(RUNNING)],
  ["breaks", reset()],
  ["says what is no status", events(RUNNING, { status: "DREAMING" })],
])("asks for the status at once when the stream %s", async (_, reply) => {
  const tracking = await startTracking();
  tracking.upstream.on(STREAM, reply);
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(200, OUTPUT));

  const finished = await tracking.finish(await tracking.submitted());

  expect(finished.status).toBe("COMPLETED");
  expect(tracking.upstream.requests.map(({ route }) => route)).toEqual([STREAM, STATUS, RESULT]);
});

test("a stream that is cut off in the middle is opened again, and no line is lost or told twice", async () => {
  const tracking = await startTracking();
  const first = new LiveStream();
  const second = new LiveStream();
  tracking.upstream.on(STREAM, first.reply, second.reply);
  tracking.upstream.on(STATUS, json(202, { ...RUNNING, logs: [line(2, "b"), line(3, "c")] }), json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  tracking.tracker.track(job);
  await first.opened;
  first.send({ ...RUNNING, logs: [line(1, "a")] }, { ...RUNNING, logs: [line(2, "b")] });
  await tracking.until(({ logCount }) => logCount === 2);
  first.reset();
  await second.opened;
  second.send({ ...RUNNING, logs: [line(1, "a"), line(2, "b"), line(3, "c"), line(4, "d")] });
  second.send(COMPLETED);
  await tracking.freed.next();

  expect(await tracking.messages(job)).toEqual(["a", "b", "c", "d"]);
});

test("a job that upstream queues again starts over: progress and start are those of the new run", async () => {
  const tracking = await startTracking();
  const { clock } = tracking;
  const live = new LiveStream();
  tracking.upstream.on(STREAM, live.reply);
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  tracking.tracker.track(job);
  await live.opened;
  live.send({ ...RUNNING, progress: 0.8 });
  const before = await tracking.until(({ progress }) => progress === 0.8);
  clock.now += 5_000;
  live.send({ ...QUEUED, queue_position: 7 });
  const bounced = await tracking.until(({ status }) => status === "IN_QUEUE");
  // Positions are no events: this one is written at its own time.
  await expect.poll(async () => (await tracking.find(job.id)).queuePosition).toBe(7);
  clock.now += 5_000;
  live.send({ ...RUNNING, progress: 0.1 });
  const again = await tracking.until(({ status }) => status === "IN_PROGRESS");
  live.send({ ...RUNNING, progress: 0.05 }, COMPLETED);
  const finished = await tracking.finished();

  expect(bounced).toMatchObject({ progress: null, startedAt: before.startedAt });
  expect(again).toMatchObject({ progress: 0.1, queuePosition: null, startedAt: (before.startedAt ?? 0) + 10_000 });
  expect(finished).toMatchObject({ status: "COMPLETED", startedAt: again.startedAt });
  expect(await tracking.statuses(job)).toEqual(["IN_QUEUE", "IN_PROGRESS", "IN_QUEUE", "IN_PROGRESS", "COMPLETED"]);
});

test("an upstream that goes back and forth without end fills no log with it, and ends the job all the same", async () => {
  const tracking = await startTracking();
  const swings = Array.from({ length: 300 }, () => [RUNNING, QUEUED]).flat();
  tracking.upstream.on(STREAM, events(...swings, COMPLETED));
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  expect(await tracking.finish(job)).toMatchObject({ status: "COMPLETED" });
  expect((await tracking.statuses(job)).length).toBeLessThan(50);
});

test("a job is followed once, however often it is given", async () => {
  const tracking = await startTracking();
  const live = new LiveStream();
  tracking.upstream.on(STREAM, live.reply);
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  tracking.tracker.track(job);
  tracking.tracker.track(job);
  await live.opened;
  tracking.tracker.track(job);
  live.send(COMPLETED);
  await tracking.freed.next();

  expect(tracking.upstream.requests.map(({ route }) => route)).toEqual([STREAM, STATUS, RESULT]);
});

test("a finished job is not followed, though it was unfinished when it was given", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const stale = await tracking.submitted();
  await tracking.finish(stale);
  const asked = tracking.upstream.requests.length;

  await tracking.finish(stale);

  expect(tracking.upstream.requests).toHaveLength(asked);
});

test("closing ends every stream, asks nothing more, and a restart takes up where it stood", async () => {
  const tracking = await startTracking();
  const { upstream } = tracking;
  const first = new LiveStream();
  const second = new LiveStream();
  upstream.on(STREAM, first.reply, second.reply);
  upstream.on(STATUS, json(200, COMPLETED));
  upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();
  tracking.tracker.track(job);
  await first.opened;
  first.send({ ...RUNNING, logs: [line(1, "a"), line(1, "a")] });
  const running = await tracking.until(({ logCount }) => logCount === 2);

  await tracking.tracker.close();
  await first.left;
  tracking.tracker.track(running);
  expect(upstream.requests.map(({ route }) => route)).toEqual([STREAM]);

  tracking.tracker = tracking.newTracker();
  tracking.tracker.track(running);
  await second.opened;
  second.send({ ...RUNNING, logs: [line(1, "a"), line(1, "a"), line(2, "b")] }, COMPLETED);
  await tracking.finished();

  expect(await tracking.messages(job)).toEqual(["a", "a", "b"]);
});

test("forty jobs at once are followed without a warning", async () => {
  const tracking = await startTracking();
  const warnings: Error[] = [];
  const listen = (warning: Error) => warnings.push(warning);
  process.on("warning", listen);
  const live: LiveStream[] = [];
  for (let index = 0; index < 40; index++) {
    const stream = new LiveStream();
    live.push(stream);
    tracking.upstream.on(`GET /fal-ai/stable-audio-25/requests/r${index}/status/stream`, stream.reply);
    tracking.tracker.track(await tracking.submitted(`r${index}`));
  }
  await Promise.all(live.map(({ opened }) => opened));

  await tracking.tracker.close();

  await Promise.all(live.map(({ left }) => left));
  process.off("warning", listen);
  expect(warnings).toEqual([]);
});

test("trouble upstream is waited out", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STREAM, reset());
  tracking.upstream.on(STATUS, json(503, {}), json(200, COMPLETED));
  tracking.upstream.on(RESULT, reset(), json(200, OUTPUT));

  const finished = await tracking.finish(await tracking.submitted());

  expect(finished.status).toBe("COMPLETED");
  expect(tracking.upstream.seen(STATUS)).toHaveLength(3);
});
