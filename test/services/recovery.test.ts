import { describe, expect, it, onTestFinished } from "vitest";
import { createServices } from "../../src/services/create-services.js";
import type { Job } from "../../src/services/job.js";
import { isFinished } from "../../src/services/job-state.js";
import { guardedLogger } from "../support/log-guard.js";
import { CALLER, makeInput, makeJob, makeOptions } from "../support/make-job.js";
import { OPEN_ACCESS } from "../support/open-access.js";
import { openStore } from "../support/open-store.js";
import { json, silence } from "../support/scripted-upstream.js";
import { acceptAll } from "./dispatch-testkit.js";
import { CANCEL, HISTORY, OUTPUT, RESULT, STATUS, SUBMIT, startQueue } from "./fal/fal-testkit.js";
import { finishUpstream, history, NOW, openInstance, pastRequest } from "./recovery-testkit.js";

/** For what is told by no event. */
const PATIENTLY = { timeout: 10_000 };

describe("after a crash", () => {
  it("never sends again what was being sent, and looks for it instead", async () => {
    const { services, upstream, insert, until } = await openInstance();
    upstream.on(SUBMIT, acceptAll());
    const crashed = await insert({ submission: "SENDING" }, "data:audio/wav;base64,AAAA");
    const waiting = await insert();

    await services.start();
    await until(waiting.id, ({ requestId }) => requestId !== null);

    expect(await until(crashed.id, () => true)).toMatchObject({ submission: "UNCONFIRMED", status: "IN_QUEUE" });
    expect(upstream.seen(SUBMIT)).toHaveLength(1);
  });

  it("follows submitted jobs on to their end", async () => {
    const { services, upstream, insert, until } = await openInstance();
    finishUpstream(upstream);
    const { id } = await insert({ submission: "SUBMITTED", requestId: "r1", submittedAt: NOW });

    await services.start();

    expect(await until(id, isFinished)).toMatchObject({
      status: "COMPLETED",
      output: { audio: { url: OUTPUT.audio.url } },
    });
    expect(upstream.seen(SUBMIT)).toEqual([]);
  });

  it("passes a stored wish to cancel on", async () => {
    const { services, upstream, insert, until } = await openInstance();
    upstream.on(CANCEL, json(202, { status: "CANCELLATION_REQUESTED" }));
    upstream.on(STATUS, json(200, { status: "COMPLETED", error_type: "client_cancelled" }));
    upstream.on(RESULT, json(499, { detail: "cancelled", error_type: "client_cancelled" }));
    const { id } = await insert({ submission: "SUBMITTED", requestId: "r1", submittedAt: NOW });
    const { outcome } = await services.cancelJob(CALLER, id);

    await services.start();

    expect(outcome).toBe("CANCELLATION_REQUESTED");
    expect(await until(id, isFinished)).toMatchObject({ status: "CANCELLED" });
  });
});

describe("an unconfirmed submission", () => {
  const unconfirmed = { submission: "UNCONFIRMED" } as const;

  it("is bound to the one request with its input, and followed", async () => {
    const { services, upstream, insert, until } = await openInstance();
    const job = await insert({ ...unconfirmed, input: { ...makeJob().input, secondsTotal: 40 } });
    upstream.on(HISTORY, history(pastRequest(job, "other", { seed: 43 }), pastRequest(job, "r1")));
    finishUpstream(upstream);

    await services.start();

    expect(await until(job.id, isFinished)).toMatchObject({
      status: "COMPLETED",
      requestId: "r1",
      submission: "SUBMITTED",
    });
    const { query } = upstream.seen(HISTORY)[0] ?? {};
    expect(query?.get("endpoint_id")).toBe("fal-ai/stable-audio-25/inpaint");
    expect(Date.parse(query?.get("start") ?? "")).toBeLessThan(job.createdAt);
  });

  it("is found by the shown form of the data: URI that was sent", async () => {
    const { services, upstream, insert, until } = await openInstance();
    const job = await insert({
      ...unconfirmed,
      input: { ...makeJob().input, audioUrl: "data:audio/wav;base64,(3 bytes)" },
    });
    const request = pastRequest(job, "r1", { audio_url: "data:audio/wav;base64,AAAA" });
    const longer = pastRequest(job, "r2", { audio_url: "data:audio/wav;base64,AAAAAAAA" });
    upstream.on(HISTORY, history(longer, request));
    finishUpstream(upstream);

    await services.start();

    expect(await until(job.id, isFinished)).toMatchObject({ requestId: "r1" });
  });

  it.each<[string, (job: Job) => unknown[]]>([
    ["two requests have its input", (job) => [pastRequest(job, "r1"), pastRequest(job, "r2")]],
    ["none has its seed", (job) => [pastRequest(job, "r1", { seed: 1 })]],
    ["none has its prompt", (job) => [pastRequest(job, "r1", { prompt: "other" })]],
    ["none has its audio", (job) => [pastRequest(job, "r1", { audio_url: "https://other.example/" })]],
    ["its request is another job's", (job) => [pastRequest(job, "taken")]],
    ["the history is empty", () => []],
  ])("is not bound when %s, and given up when the time is over", async (_name, items) => {
    const { services, upstream, insert, until } = await openInstance();
    const old = { ...unconfirmed, startDeadlineAt: NOW - 901_000 };
    await insert({ submission: "SUBMITTED", requestId: "taken", status: "FAILED", finishedAt: NOW });
    const job = await insert(old);
    upstream.on(HISTORY, history(...items(job)));

    await services.start();

    expect(await until(job.id, isFinished)).toMatchObject({
      status: "FAILED",
      billed: "UNKNOWN",
      requestId: null,
      error: { code: "SUBMISSION_UNCONFIRMED", retryable: true },
    });
    expect(upstream.seen(SUBMIT)).toEqual([]);
  });

  it("is looked for again while its time is not over", async () => {
    const { services, upstream, insert, store } = await openInstance();
    const job = await insert({ ...unconfirmed, startDeadlineAt: NOW - 899_000 });
    upstream.on(HISTORY, history());

    await services.start();
    await upstream.arrivals.until(({ route }) => route === HISTORY);
    await services.close();

    expect(await store.find(job.id)).toMatchObject({ status: "IN_QUEUE", submission: "UNCONFIRMED" });
  });

  it("keeps nobody waiting who closes while the history does not answer", async () => {
    const { services, upstream, insert, store } = await openInstance();
    const job = await insert({ ...unconfirmed, startDeadlineAt: NOW - 901_000 });
    upstream.on(HISTORY, silence());

    await services.start();
    await upstream.arrivals.until(({ route }) => route === HISTORY);
    await services.close();

    expect(await store.find(job.id)).toMatchObject({ status: "IN_QUEUE", submission: "UNCONFIRMED" });
  });

  it("takes no place from the others, and is not cancelled behind upstream's back", async () => {
    const { services, upstream, insert } = await openInstance();
    upstream.on(HISTORY, json(500, {}));
    const job = await insert({ ...unconfirmed });

    await services.start();
    const { outcome } = await services.cancelJob(CALLER, job.id);

    expect(outcome).toBe("CANCELLATION_REQUESTED");
  });
});

describe("the services together", () => {
  it("take a job, send it, follow it and keep its result", async () => {
    const { services, upstream, until } = await openInstance();
    upstream.on(SUBMIT, acceptAll());
    finishUpstream(upstream);
    await services.start();

    const { job } = await services.submitJob(CALLER, makeInput(), makeOptions());
    const done = await until(job?.id ?? "", isFinished);

    expect(done).toMatchObject({ status: "COMPLETED", requestId: "r1", billed: "NO" });
    expect(await services.findJob({ id: "somebody else" }, done.id)).toBeNull();
  });

  it("are not ready, and say why, while sending is paused", async () => {
    const { services, upstream } = await openInstance();
    upstream.on(SUBMIT, json(403, { detail: "User is locked. Reason: Exhausted balance" }));
    await services.start();
    await services.checkReadiness();
    expect(services.describeEngine(CALLER)).toEqual({ kind: "LOCAL", status: "OK", message: null });

    await services.submitJob(CALLER, makeInput(), makeOptions());

    await expect.poll(() => services.describeEngine(CALLER).status, PATIENTLY).toBe("PAUSED");
    expect(services.describeEngine(CALLER).message).toMatch(/Exhausted balance/);
    await expect(services.checkReadiness()).rejects.toThrow(/Exhausted balance/);
  });

  it("are not ready when the store is gone", async () => {
    const { upstream, queue } = await startQueue();
    const { database, close } = await openStore();
    const settings = {
      ...OPEN_ACCESS,
      publicUrl: null,
      maxUpstreamJobs: 1,
      startTimeoutSeconds: 9,
      reconcileWindowSeconds: 9,
      maxDataUriBytes: 9,
      maxUploadBytes: 9,
      maxLogLines: 9,
      maxLogBytes: 100_000,
      runSeconds: 600,
      retentionDays: 9,
      preflight: false,
      archiveDir: null,
      maxArchiveBytes: 0,
    };
    const services = createServices({
      database,
      queue,
      logger: guardedLogger,
      clock: () => NOW,
      outboundPolicy: {},
      baseUrl: () => "",
      settings,
    });
    onTestFinished(() => services.close());
    await close();

    await expect(services.checkReadiness()).rejects.toThrow();
    expect(upstream.requests).toEqual([]);
  });
});
