import { describe, expect, it } from "vitest";
import { fail, isFinished, NOT_BILLED, startSending } from "../../src/services/job-state.js";
import { changeJob } from "../../src/services/jobs/change-job.js";
import { SOME_ERROR } from "../support/make-job.js";
import { json } from "../support/scripted-upstream.js";
import { acceptAll, HeldReply, openDispatch } from "./dispatch-testkit.js";
import { SUBMIT } from "./fal/fal-testkit.js";

describe("sending", () => {
  it("sends each waiting job once, NORMAL before LOW, then by age, and stores its request id", async () => {
    const { upstream, dispatcher, submitted, sent, insert, store } = await openDispatch();
    upstream.on(SUBMIT, acceptAll());
    const low = await insert({ prompt: "low", priority: "LOW" });
    const first = await insert({ prompt: "first" });
    const second = await insert({ prompt: "second" });

    dispatcher.start();
    for (let call = 0; call < 20; call++) dispatcher.wake();
    const told = [await submitted.next(), await submitted.next(), await submitted.next()];
    await dispatcher.close();

    expect(sent().map(({ prompt }) => prompt)).toEqual(["first", "second", "low"]);
    expect(told.map(({ id }) => id)).toEqual([first.id, second.id, low.id]);
    expect(await store.find(first.id)).toMatchObject({ submission: "SUBMITTED", requestId: "r1" });
    expect(told[2]).toMatchObject({ requestId: "r3", priority: "LOW", submittedAt: expect.any(Number) });
    expect(upstream.seen(SUBMIT)[2]?.headers["x-fal-queue-priority"]).toBe("low");
  });

  it("has no more jobs upstream than allowed, and sends the next when one ends", async () => {
    const { upstream, dispatcher, submitted, sent, insert, store } = await openDispatch(2);
    upstream.on(SUBMIT, acceptAll());
    for (const prompt of ["a", "b", "c"]) await insert({ prompt });

    dispatcher.start();
    const running = await submitted.next();
    await submitted.next();
    dispatcher.wake();
    await store.ping();
    expect(sent()).toHaveLength(2);

    await changeJob(store, running, { name: "finished", at: 1 }, (job) => fail(job, SOME_ERROR, NOT_BILLED, 1));
    dispatcher.wake();
    await submitted.next();

    expect(sent().map(({ prompt }) => prompt)).toEqual(["a", "b", "c"]);
  });

  it("sends nothing before it is started", async () => {
    const { dispatcher, sent, insert, store } = await openDispatch();
    await insert();
    dispatcher.wake();
    await store.ping();

    expect(sent()).toEqual([]);
  });

  it("stores the id of a request that is on its way when it closes, and sends no other", async () => {
    const { upstream, dispatcher, sent, insert, store } = await openDispatch();
    const held = new HeldReply();
    upstream.on(SUBMIT, held.reply);
    const job = await insert();
    await insert();
    dispatcher.start();
    await held.arrived;

    const closing = dispatcher.close();
    held.release(json(200, { request_id: "r1" }));
    await closing;

    expect(await store.find(job.id)).toMatchObject({ submission: "SUBMITTED", requestId: "r1" });
    expect(sent()).toHaveLength(1);
  });

  it("commits that it sends before the first byte goes out", async () => {
    const { upstream, dispatcher, submitted, insert, store } = await openDispatch();
    const held = new HeldReply();
    upstream.on(SUBMIT, held.reply);
    const job = await insert();
    dispatcher.start();
    await held.arrived;

    expect(await store.find(job.id)).toMatchObject({ submission: "SENDING", requestId: null });
    held.release(json(200, { request_id: "r1" }));
    await submitted.next();
  });

  it("puts a job back, unsent, when the lease ran out since it was claimed", async () => {
    const { dispatcher, moments, loseLease, sent, insert, until } = await openDispatch();
    moments.afterClaim = loseLease;
    const { id } = await insert();

    dispatcher.start();
    await until(id, ({ lastSequence }) => lastSequence === 3);

    expect(await until(id, ({ submission }) => submission === "WAITING")).toMatchObject({ ownerId: null });
    expect(sent()).toEqual([]);
  });

  it("tries until the answer is stored, and never sends again for it", async () => {
    const { upstream, dispatcher, submitted, sent, insert, failNextWrite } = await openDispatch();
    const held = new HeldReply();
    upstream.on(SUBMIT, held.reply);
    await insert();
    dispatcher.start();
    await held.arrived;
    failNextWrite();
    failNextWrite();
    held.release(json(200, { request_id: "r1" }));

    expect(await submitted.next()).toMatchObject({ requestId: "r1", submission: "SUBMITTED" });
    expect(sent()).toHaveLength(1);
  });
});

describe("a claim that the store does not answer", () => {
  it.each([
    ["failed", "failNextWrite"],
    ["was stored all the same", "loseNextCommit"],
  ] as const)("sends the job once when the claim %s", async (_name, trouble) => {
    const test = await openDispatch();
    test.upstream.on(SUBMIT, acceptAll());
    const { id } = await test.insert();
    test[trouble]();

    test.dispatcher.start();
    const submitted = await test.submitted.next();

    expect(submitted).toMatchObject({ id, submission: "SUBMITTED", requestId: "r1" });
    expect(test.sent()).toHaveLength(1);
  });

  it("takes no job from another instance that claimed it meanwhile", async () => {
    const test = await openDispatch();
    const job = await test.insert();
    test.failNextWrite();
    test.dispatcher.start();
    await expect.poll(() => test.troubles()).toBe(0);
    await changeJob(test.store, job, { name: "sending", at: 1 }, (current) => startSending(current, "another", 1));
    test.upstream.on(SUBMIT, acceptAll());
    test.dispatcher.wake();
    await test.store.ping();

    expect(await test.store.find(job.id)).toMatchObject({ submission: "SENDING", ownerId: "another" });
    expect(test.sent()).toEqual([]);
  });
});

describe("start deadlines", () => {
  it("passes on what remains, and never less than fal takes", async () => {
    const { upstream, dispatcher, submitted, insert, time } = await openDispatch();
    upstream.on(SUBMIT, acceptAll());
    await insert({ startDeadlineAt: time.now + 61_500 });
    await insert({ startDeadlineAt: time.now + 700 });

    dispatcher.start();
    await submitted.next();
    await submitted.next();

    expect(upstream.seen(SUBMIT).map(({ headers }) => headers["x-fal-request-timeout"])).toEqual(["61", "2"]);
  });

  it("ends a job that waited too long, unsent and not billed", async () => {
    const { dispatcher, sent, insert, until, time, store } = await openDispatch();
    const job = await insert({ startDeadlineAt: time.now - 1 }).then(({ id }) => id);
    const kept = await insert({ startDeadlineAt: time.now - 1 });
    await store.change({
      before: kept,
      after: { ...kept, submission: "SUBMITTED", requestId: "x" },
      name: "submitted",
      at: 1,
    });

    dispatcher.start();

    expect(await until(job, isFinished)).toMatchObject({
      status: "FAILED",
      billed: "NO",
      error: { code: "TIMED_OUT", retryable: true, field: ["options", "startTimeout"] },
    });
    expect(await store.find(kept.id)).toMatchObject({ status: "IN_QUEUE" });
    expect(sent()).toEqual([]);
  });

  it("ends it also when the deadline passes while another job is being sent", async () => {
    const { upstream, dispatcher, sent, insert, until, time } = await openDispatch();
    const held = new HeldReply();
    upstream.on(SUBMIT, held.reply);
    await insert({ prompt: "slow" });
    const late = await insert({ startDeadlineAt: time.now + 5_000 });
    dispatcher.start();
    await held.arrived;
    time.now += 6_000;
    held.release(json(200, { request_id: "r1" }));

    expect(await until(late.id, isFinished)).toMatchObject({ error: { code: "TIMED_OUT" } });
    expect(sent()).toHaveLength(1);
  });
});
