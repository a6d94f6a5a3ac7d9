import { expect, test } from "vitest";
import { html, json, type Reply } from "../../support/scripted-upstream.js";
import { OUTPUT, RESULT, STATUS } from "../fal/fal-testkit.js";
import { COMPLETED, startTracking, type Tracking } from "./tracker-testkit.js";

const GONE = json(404, { status: "NOT_FOUND" });

/** Lets time pass while upstream is asked. */
function later(tracking: Tracking, milliseconds: number, reply: Reply): Reply {
  return (response, request) => {
    tracking.clock.now += milliseconds;
    reply(response, request);
  };
}

test("a request that failed upstream fails the job, with cause and field", async () => {
  const tracking = await startTracking();
  const detail = [{ loc: ["body", "audio_url"], msg: "Could not download", type: "file_download_error" }];
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(422, { detail }));

  const finished = await tracking.finish(await tracking.submitted());

  expect(finished).toMatchObject({
    status: "FAILED",
    output: null,
    inferenceSeconds: 4.5,
    error: {
      code: "AUDIO_UNAVAILABLE",
      message: expect.stringMatching(/^The audio could not be downloaded\..*Could not download$/),
      field: ["audioUrl"],
      upstreamType: "file_download_error",
      upstreamStatus: 422,
      retryable: false,
    },
  });
  expect(tracking.upstream.seen(RESULT)).toHaveLength(1);
});

test("a request that was cancelled upstream ends the job as cancelled, without an error", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(499, { detail: "Cancelled", error_type: "client_cancelled" }));

  const finished = await tracking.finish(await tracking.submitted());

  expect(finished).toMatchObject({ status: "CANCELLED", error: null, output: null });
});

test("a result that is not there yet is asked for again", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(400, { detail: "Request is still in progress" }), json(200, OUTPUT));

  expect((await tracking.finish(await tracking.submitted())).status).toBe("COMPLETED");
});

test.each([
  ["a proxy's 502", html(502)],
  ["a result that is not known everywhere yet", GONE],
])("%s does not fail a job whose result comes later", async (_, reply) => {
  const tracking = await startTracking();
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, reply, json(200, OUTPUT));

  expect((await tracking.finish(await tracking.submitted())).status).toBe("COMPLETED");
});

test.each([
  ["404", GONE, "RESULT_EXPIRED"],
  ["an output without audio", json(200, { seed: 1 }), "UPSTREAM_FAILED"],
])("%s in place of the result is believed after half a minute", async (_, reply, code) => {
  const tracking = await startTracking();
  tracking.upstream.on(STATUS, json(200, COMPLETED));
  tracking.upstream.on(RESULT, reply, later(tracking, 30_000, reply));

  const finished = await tracking.finish(await tracking.submitted());

  expect(finished).toMatchObject({ status: "FAILED", error: { code, retryable: true } });
  expect(tracking.upstream.seen(RESULT)).toHaveLength(2);
});

test("a request that upstream does not know yet is given time", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STATUS, later(tracking, 30_000, GONE), json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(200, OUTPUT));

  expect((await tracking.finish(await tracking.submitted())).status).toBe("COMPLETED");
  expect(tracking.upstream.seen(RESULT)).toHaveLength(1);
});

test("a request that upstream does not know any more fails as expired, at once", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STATUS, GONE);
  tracking.upstream.on(RESULT, GONE);
  const job = await tracking.submitted();
  tracking.clock.now += 60_000;

  const finished = await tracking.finish(job);

  expect(finished).toMatchObject({
    status: "FAILED",
    billed: "NO",
    error: { code: "RESULT_EXPIRED", retryable: true },
  });
  expect(tracking.upstream.seen(RESULT)).toHaveLength(1);
});

test("a request whose status is gone but whose result is kept completes", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STATUS, GONE);
  tracking.upstream.on(RESULT, json(200, OUTPUT));
  const job = await tracking.submitted();
  tracking.clock.now += 60_000;

  expect((await tracking.finish(job)).status).toBe("COMPLETED");
});

test("a key that is refused for a while ends no job", async () => {
  const tracking = await startTracking();
  tracking.upstream.on(STATUS, later(tracking, 3_600_000, json(401, { detail: "No user" })), json(200, COMPLETED));
  tracking.upstream.on(RESULT, json(200, OUTPUT));

  expect((await tracking.finish(await tracking.submitted())).status).toBe("COMPLETED");
});
