import { expect, test } from "vitest";
import { decodeStatus } from "../../../src/services/fal/decode.js";
import { JobRecord } from "../../../src/services/tracker/job-record.js";
import { json, LiveStream, reset } from "../../support/scripted-upstream.js";
import { OUTPUT, RESULT, STATUS, STREAM } from "../fal/fal-testkit.js";
import { COMPLETED, INSTANCE, line, QUEUED, RUNNING, startTracking } from "./tracker-testkit.js";

test("windows of a log that is only polled are merged into one", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(
    STATUS,
    json(202, { ...RUNNING, logs: [line(1, "a"), line(2, "b"), line(2, "b")] }),
    json(202, { ...RUNNING, logs: [line(2, "b"), line(2, "b"), line(3, "c")] }),
    json(200, { ...COMPLETED, logs: [line(3, "c"), line(4, '{"traceback":"…"}')] }),
  );
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  await tracking.finish(job);

  expect(await tracking.messages(job)).toEqual(["a", "b", "b", "c", '{"traceback":"…"}']);
});

test("lines are numbered without a gap and keep level, source and time", async () => {
  const tracking = await startTracking();
  const logs = [
    { timestamp: "2026-01-01T00:00:01", message: "a", level: "WARN", source: "USER" },
    { timestamp: "whenever", message: "b" },
  ];
  tracking.upstream.on(STATUS, json(200, { ...COMPLETED, logs }));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  await tracking.finish(job);

  expect(await tracking.store.readLogs(job.id, 10, 100)).toMatchObject([
    { sequence: 1, message: "a", level: "WARN", source: "USER", timestamp: Date.UTC(2026, 0, 1, 0, 0, 1) },
    { sequence: 2, message: "b", level: "INFO", source: null, timestamp: tracking.clock.now },
  ]);
});

test("a log is cut off with a word on it, and nothing is added to it", async () => {
  const tracking = await startTracking({ maxLogLines: 4 });
  const live = new LiveStream();
  tracking.upstream.on(STREAM, live.reply);
  tracking.upstream.on(STATUS, json(200, { ...COMPLETED, logs: [line(8, "h"), line(9, "i")] }));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  tracking.tracker.track(job);
  await live.opened;
  live.send({ ...RUNNING, logs: [line(1, "a"), line(2, "b")] });
  live.send({ ...RUNNING, logs: [line(3, "c"), line(4, "d"), line(5, "e")] });
  live.send({ ...RUNNING, logs: [line(6, "f")] }, { ...COMPLETED, logs: [line(7, "g")] });
  const finished = await tracking.finished();

  const kept = await tracking.store.readLogs(job.id, 10, 100);
  expect(kept.map(({ message }) => message)).toEqual(["a", "b", "c", "Only the first 3 log lines are kept."]);
  expect(kept[3]).toMatchObject({ sequence: 4, level: "WARN" });
  expect(finished).toMatchObject({ status: "COMPLETED", logCount: 4 });
});

test("a line that the store refused is not lost", async () => {
  const tracking = await startTracking();
  const live = new LiveStream();
  const again = new LiveStream();
  tracking.upstream.on(STREAM, live.reply, again.reply);
  tracking.upstream.on(
    STATUS,
    (response, request) => {
      tracking.storeIsBroken = false;
      json(202, { ...RUNNING, logs: [line(1, "a"), line(2, "b")] })(response, request);
    },
    json(200, COMPLETED),
  );
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  tracking.tracker.track(job);
  await live.opened;
  live.send({ ...RUNNING, logs: [line(1, "a")] });
  await tracking.until(({ logCount }) => logCount === 1);
  tracking.storeIsBroken = true;
  live.send({ ...RUNNING, logs: [line(2, "b")] });
  await again.opened;
  again.send({ ...RUNNING, logs: [line(3, "c")] }, COMPLETED);
  await tracking.freed.next();

  expect(await tracking.messages(job)).toEqual(["a", "b", "c"]);
});

test("an end that the store refused is told later", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(
    RESULT,
    (response, request) => {
      tracking.storeIsBroken = true;
      json(200, OUTPUT)(response, request);
    },
    (response, request) => {
      tracking.storeIsBroken = false;
      json(200, OUTPUT)(response, request);
    },
  );

  expect((await tracking.finish(await tracking.submitted())).status).toBe("COMPLETED");
});

test("queue positions reach the job without an event of their own, the newest in the end", async () => {
  const tracking = await startTracking();
  const live = new LiveStream();
  tracking.upstream.on(STREAM, live.reply);
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  tracking.tracker.track(job);
  await live.opened;
  for (const queue_position of [9, 5, 3, 1]) live.send({ ...QUEUED, queue_position });
  await expect.poll(() => tracking.find(job.id), { timeout: 5_000 }).toMatchObject({ queuePosition: 1 });

  expect((await tracking.find(job.id)).lastSequence).toBe(job.lastSequence);
  live.send(COMPLETED);
  expect((await tracking.finished()).queuePosition).toBeNull();
});

test("what upstream or a caller says stays out of the server's own log", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STREAM, reset());
  tracking.upstream.on(
    STATUS,
    json(500, { detail: "s3cret" }, { "x-note": "s3cret" }),
    json(200, { ...COMPLETED, logs: [line(1, "s3cret")], error: "s3cret" }),
  );
  tracking.upstream.on(RESULT, json(422, { detail: "s3cret" }));

  await tracking.finish(await tracking.submitted());

  const written = tracking.logText.join("");
  expect(written).toContain("following goes on after trouble");
  expect(written).not.toMatch(/s3cret|tin roof|clip\.wav/);
});

test("a log is cut off at so many bytes too", async () => {
  const tracking = await startTracking({ maxLogBytes: 10 });
  tracking.upstream.on(STATUS, json(200, { ...COMPLETED, logs: [line(1, "12345"), line(2, "123456"), line(3, "1")] }));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  await tracking.finish(job);

  expect(await tracking.messages(job)).toEqual(["12345", "Only the first 1 log lines are kept."]);
});

test("progress that moves fast is stored a few times a second, the newest in the end", async () => {
  const tracking = await startTracking();
  const live = new LiveStream();
  tracking.upstream.on(STREAM, live.reply);
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  tracking.tracker.track(job);
  await live.opened;
  live.send(...Array.from({ length: 900 }, (_, index) => ({ ...RUNNING, progress: index / 1_000 })));
  const newest = await tracking.until(({ progress }) => progress === 0.899);
  live.send(COMPLETED);
  await tracking.finished();

  expect(newest.lastSequence - job.lastSequence).toBeLessThanOrEqual(4);
});

test("thousands of lines in one answer become events of a bounded size, in order", async () => {
  const tracking = await startTracking({ maxLogLines: 10_000 });
  const messages = Array.from({ length: 1_700 }, (_, index) => `line ${index}`);
  const logs = messages.map((message) => line(1, message));
  tracking.upstream.on(STATUS, json(202, { ...RUNNING, logs }), json(200, { ...COMPLETED, logs }));
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();

  const finished = await tracking.finish(job);

  const events = await tracking.store.eventsSince(job.id, 0, 100);
  expect(events.map((event) => event.logs.length).filter((lines) => lines > 0)).toEqual([500, 500, 500, 200]);
  expect(events.flatMap((event) => event.logs.map(({ message }) => message))).toEqual(messages);
  expect(finished).toMatchObject({ status: "COMPLETED", logCount: 1_700 });
});

test("it is others' turn again and again while many lines are looked through, also where none is new", async () => {
  const tracking = await startTracking();
  const limits = { maxLogLines: 10_000, maxLogBytes: 1_000_000 };
  const { store, clock } = tracking;
  const record = new JobRecord(await tracking.submitted(), {
    store,
    clock: () => clock.now,
    instanceId: INSTANCE,
    limits,
  });
  const logs = Array.from({ length: 5_000 }, (_, index) => line(1, `line ${index}`));
  await record.write(decodeStatus({ ...RUNNING, logs }));

  let turns = 0;
  let looking = true;
  const takeTurn = () => {
    turns += 1;
    if (looking) setImmediate(takeTurn);
  };
  setImmediate(takeTurn);
  const isNews = await record.write(decodeStatus({ ...RUNNING, logs }));
  looking = false;

  expect(isNews).toBe(false);
  expect(turns).toBeGreaterThanOrEqual(9);
});
