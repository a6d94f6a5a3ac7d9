import { describe, expect, it } from "vitest";
import { isFinished } from "../../src/services/job-state.js";
import { cancelJob } from "../../src/services/jobs/cancel-job.js";
import { CALLER } from "../support/make-job.js";
import { json, reset, text } from "../support/scripted-upstream.js";
import { acceptAll, type DispatchTest, HeldReply, openDispatch } from "./dispatch-testkit.js";
import { SUBMIT } from "./fal/fal-testkit.js";

/** For what is told by no event. */
const PATIENTLY = { timeout: 10_000 };

const INITIATE = "POST /storage/upload/initiate";
const SMALL = `data:audio/wav;base64,${Buffer.alloc(60_000).toString("base64")}`;
const LARGE = `data:audio/wav;base64,${Buffer.alloc(90_000, 7).toString("base64")}`;

function cancel({ store }: DispatchTest, jobId: string) {
  return cancelJob({ store, clock: () => 5, onRequested: () => {} }, CALLER, jobId);
}

describe("refusals", () => {
  it.each([
    ["throttling", json(429, { detail: "Too many" })],
    ["a locked balance", json(403, { detail: "User is locked. Reason: Exhausted balance" })],
    ["a refused key", json(401, { detail: "No user" })],
  ])("pauses after %s, says why, keeps the job and goes on by itself", async (_name, refusal) => {
    const { upstream, dispatcher, submitted, sent, insert, until } = await openDispatch();
    upstream.on(SUBMIT, refusal, acceptAll());
    const first = await insert({ prompt: "first" });
    await insert({ prompt: "second" });

    dispatcher.start();
    await until(first.id, ({ lastSequence, submission }) => lastSequence === 3 && submission === "WAITING");
    await expect.poll(() => dispatcher.pauseReason, PATIENTLY).toMatch(/^Upstream refused a submission: /);
    expect(sent()).toHaveLength(1);
    await submitted.next();
    await submitted.next();

    expect(dispatcher.pauseReason).toBeNull();
    expect(sent().map(({ prompt }) => prompt)).toEqual(["first", "first", "second"]);
  });

  it("fails a job that is refused for good, and sends the others", async () => {
    const { upstream, dispatcher, submitted, insert, until } = await openDispatch();
    const detail = [{ loc: ["body", "mask_start"], msg: "Too late", type: "value_error" }];
    upstream.on(SUBMIT, json(422, { detail }), acceptAll());
    const refused = await insert();
    await insert();

    dispatcher.start();
    await submitted.next();

    expect(await until(refused.id, isFinished)).toMatchObject({
      status: "FAILED",
      billed: "NO",
      error: { code: "INVALID_INPUT", field: ["maskStart"], message: "Too late" },
    });
    expect(dispatcher.pauseReason).toBeNull();
  });

  it.each([
    ["a broken connection", reset()],
    ["a 500", json(500, { detail: "oops" })],
    ["an answer without an id", json(200, {})],
  ])("never sends again what met %s, and costs one job only", async (_name, fault) => {
    const { upstream, dispatcher, submitted, sent, insert, store } = await openDispatch();
    upstream.on(SUBMIT, fault, acceptAll());
    const lost = await insert({ prompt: "lost" });
    await insert({ prompt: "second" });
    await insert({ prompt: "third" });

    dispatcher.start();
    await submitted.next();
    await submitted.next();

    expect(sent().map(({ prompt }) => prompt)).toEqual(["lost", "second", "third"]);
    expect(await store.find(lost.id)).toMatchObject({ status: "IN_QUEUE", submission: "UNCONFIRMED", requestId: null });
  });

  it("costs one job however long upstream is away", async () => {
    const { upstream, dispatcher, instanceId, submitted, sent, insert } = await openDispatch();
    upstream.on(SUBMIT, json(502, {}), acceptAll());
    await insert({ prompt: "lost" });
    const second = await insert({ prompt: "second" });
    const probe = `GET /fal-ai/stable-audio-25/requests/${instanceId}/status`;
    upstream.on(probe, json(502, {}), json(404, { detail: "Request not found" }));

    dispatcher.start();
    expect((await submitted.next()).id).toBe(second.id);

    expect(upstream.seen(probe)).toHaveLength(2);
    expect(sent().map(({ prompt }) => prompt)).toEqual(["lost", "second"]);
  });

  it("is not paused any more when nothing waits", async () => {
    const { upstream, dispatcher, insert, until } = await openDispatch();
    upstream.on(SUBMIT, reset());
    const { id } = await insert();

    dispatcher.start();
    await until(id, ({ submission }) => submission === "UNCONFIRMED");
    await expect.poll(() => dispatcher.pauseReason, PATIENTLY).toMatch(/got no answer/);

    await expect.poll(() => dispatcher.pauseReason, PATIENTLY).toBeNull();
  });
});

describe("cancelling while a job is being sent", () => {
  it("ends it unsent when upstream then refuses, and others go on", async () => {
    const test = await openDispatch();
    const { upstream, dispatcher, submitted, sent, insert, until } = test;
    const held = new HeldReply();
    upstream.on(SUBMIT, held.reply, acceptAll());
    const { id } = await insert({ prompt: "cancelled" });
    await insert({ prompt: "other" });
    dispatcher.start();
    await held.arrived;

    const { outcome } = await cancel(test, id);
    held.release(json(429, {}));

    expect(outcome).toBe("CANCELLATION_REQUESTED");
    expect(await until(id, isFinished)).toMatchObject({ status: "CANCELLED", billed: "NO" });
    await submitted.next();
    expect(sent().map(({ prompt }) => prompt)).toEqual(["cancelled", "other"]);
  });

  it("keeps the wish for whoever follows the job when upstream accepts it", async () => {
    const test = await openDispatch();
    const held = new HeldReply();
    test.upstream.on(SUBMIT, held.reply);
    const { id } = await test.insert();
    test.dispatcher.start();
    await held.arrived;
    await cancel(test, id);
    held.release(json(200, { request_id: "r1" }));

    expect(await test.submitted.next()).toMatchObject({
      id,
      requestId: "r1",
      status: "IN_QUEUE",
      cancelRequestedAt: 5,
    });
  });
});

describe("data: URIs", () => {
  it("go inline while they are small, and are not kept", async () => {
    const { upstream, dispatcher, submitted, sent, insert, store } = await openDispatch();
    upstream.on(SUBMIT, acceptAll());
    await insert({ payload: SMALL });

    dispatcher.start();
    const { id } = await submitted.next();

    expect(sent()[0]?.audio_url).toBe(SMALL);
    expect(await store.findPayload(id)).toBeNull();
  });

  it("go to upstream's storage when they are large, and are not kept", async () => {
    const { upstream, dispatcher, submitted, sent, insert, store } = await openDispatch();
    const fileUrl = "https://v3b.fal.media/files/b/clip.wav";
    upstream.on(INITIATE, json(200, { upload_url: `${upstream.url}/put-here`, file_url: fileUrl }));
    upstream.on("PUT /put-here", json(200, {}));
    upstream.on(SUBMIT, acceptAll());
    await insert({ payload: LARGE });

    dispatcher.start();
    const { id } = await submitted.next();

    expect(sent()[0]?.audio_url).toBe(fileUrl);
    expect(JSON.parse(upstream.seen(INITIATE)[0]?.body ?? "")).toEqual({
      file_name: "audio.wav",
      content_type: "audio/wav",
    });
    expect(upstream.seen("PUT /put-here")[0]?.headers["content-type"]).toBe("audio/wav");
    expect(upstream.seen("PUT /put-here")[0]?.body).toHaveLength(90_000);
    expect(await store.findPayload(id)).toBeNull();
  });

  it("are stored once, however often upstream then refuses the job", async () => {
    const { upstream, dispatcher, submitted, sent, insert } = await openDispatch();
    upstream.on(INITIATE, json(200, { upload_url: `${upstream.url}/put-here`, file_url: "https://fal.media/b" }));
    upstream.on("PUT /put-here", json(200, {}));
    upstream.on(SUBMIT, json(429, {}), acceptAll());
    await insert({ payload: LARGE });

    dispatcher.start();
    await submitted.next();

    expect(sent().map(({ audio_url }) => audio_url)).toEqual(["https://fal.media/b", "https://fal.media/b"]);
    expect(upstream.seen(INITIATE)).toHaveLength(1);
  });

  it("are stored while their job may still be cancelled at once", async () => {
    const test = await openDispatch();
    const held = new HeldReply();
    test.upstream.on(INITIATE, held.reply);
    test.upstream.on("PUT /put-here", json(200, {}));
    test.upstream.on(SUBMIT, acceptAll());
    const { id } = await test.insert({ payload: LARGE });
    test.dispatcher.start();
    await held.arrived;

    const { outcome } = await cancel(test, id);
    const other = await test.insert();
    held.release(json(200, { upload_url: `${test.upstream.url}/put-here`, file_url: "https://fal.media/b" }));

    expect(outcome).toBe("CANCELLED");
    expect((await test.submitted.next()).id).toBe(other.id);
    expect(test.sent()).toHaveLength(1);
    expect(await test.store.findPayload(id)).toBeNull();
  });

  it("keep nobody waiting who closes, and stay to be sent the next time", async () => {
    const { upstream, dispatcher, sent, insert, store } = await openDispatch();
    const held = new HeldReply();
    upstream.on(INITIATE, held.reply);
    const { id } = await insert({ payload: LARGE });
    dispatcher.start();
    await held.arrived;

    await dispatcher.close();

    expect(await store.find(id)).toMatchObject({ status: "IN_QUEUE", submission: "WAITING" });
    expect(await store.findPayload(id)).toBe(LARGE);
    expect(sent()).toEqual([]);
  });

  it.each([
    ["audio/mpeg", "audio.mp3"],
    ["audio/x-wav", "audio.wav"],
    ["audio/flac", "audio.flac"],
    ["application/octet-stream", "audio.bin"],
    ["audio/vnd.some-thing+odd", "audio.bin"],
  ])("of the type %s are stored as %s", async (type, name) => {
    const { upstream, dispatcher, insert } = await openDispatch();
    await insert({ payload: LARGE.replace("audio/wav", type) });

    dispatcher.start();
    const { body } = await upstream.arrivals.until(({ route }) => route === INITIATE);

    expect(JSON.parse(body)).toEqual({ file_name: name, content_type: type });
  });

  it.each([
    ["answers nonsense", text(200, "text/html", "<html>")],
    ["names a place that is not its own", json(200, { upload_url: "https://a/b", file_url: "https://a/b" })],
    ["fails", json(500, {})],
  ])("wait when storage %s, and are sent once it is well", async (_, trouble) => {
    const { upstream, dispatcher, submitted, sent, insert, store } = await openDispatch();
    upstream.on(
      INITIATE,
      trouble,
      json(200, { upload_url: `${upstream.url}/put-here`, file_url: "https://fal.media/b" }),
    );
    upstream.on("PUT /put-here", json(200, {}));
    upstream.on(SUBMIT, acceptAll());
    const { id } = await insert({ payload: LARGE });

    dispatcher.start();
    await expect.poll(() => dispatcher.pauseReason, PATIENTLY).toMatch(/could not be handed to upstream's storage/);
    expect(await store.find(id)).toMatchObject({ submission: "WAITING", lastSequence: 1 });
    await submitted.next();

    expect(sent()).toHaveLength(1);
  });

  it("fail the job, and hold up no other, when storage refuses them for good", async () => {
    const { upstream, dispatcher, submitted, insert, until } = await openDispatch();
    upstream.on(INITIATE, json(413, { detail: "Too large" }));
    upstream.on(SUBMIT, acceptAll());
    const refused = await insert({ payload: LARGE });
    await insert();

    dispatcher.start();
    await submitted.next();

    expect(await until(refused.id, isFinished)).toMatchObject({
      status: "FAILED",
      billed: "NO",
      error: { field: ["audioUrl"], message: "Too large", upstreamStatus: 413 },
    });
  });
});
