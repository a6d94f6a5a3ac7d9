import { describe, expect, it } from "vitest";
import { UnavailableError } from "../../../src/errors.js";
import { StoreUnavailableError } from "../../../src/services/store/database.js";
import { JobHistory } from "../../../src/services/store/job-history.js";
import { JWKS, USER_ID, type WebhookChanges } from "../../support/fal-signer.js";
import { json, reset } from "../../support/scripted-upstream.js";
import { acceptAll, HeldReply } from "../dispatch-testkit.js";
import { OUTPUT, RESULT, STATUS, SUBMIT } from "../fal/fal-testkit.js";
import {
  callbackUrl,
  openWebhooks,
  PATIENTLY,
  PUBLIC_URL,
  startSilentUpstream,
  type WebhookInstance,
  type WebhookTest,
} from "./webhook-testkit.js";

const RUNNING = json(202, { status: "IN_PROGRESS", logs: [] });
const COMPLETED = json(200, { status: "COMPLETED", logs: [] });

/** A job that upstream runs and says nothing about. */
async function openRunning(test?: WebhookTest) {
  const shared = test ?? (await startSilentUpstream());
  const { upstream } = shared;
  upstream.on(SUBMIT, acceptAll());
  upstream.on(STATUS, RUNNING);
  upstream.on(RESULT, json(200, OUTPUT));
  const instance = await openWebhooks(shared);
  const { id } = await instance.submit();
  await expect.poll(() => instance.find(id), PATIENTLY).toMatchObject({ requestId: "r1" });
  return { ...shared, instance, id, url: callbackUrl(upstream) };
}

function untilCompleted(instance: WebhookInstance, jobId: string) {
  return expect.poll(() => instance.find(jobId), PATIENTLY).toMatchObject({ status: "COMPLETED", requestId: "r1" });
}

describe("a webhook of upstream's", () => {
  it("is asked for with an address that names the job", async () => {
    const { url, id } = await openRunning();

    expect(url.startsWith(`${PUBLIC_URL}/webhooks/fal?`)).toBe(true);
    expect(new URL(url).searchParams.get("job")).toBe(id);
  });

  it("is not asked for where the server does not know how it is reached", async () => {
    const test = await startSilentUpstream();
    test.upstream.on(SUBMIT, acceptAll());
    const instance = await openWebhooks(test, { publicUrl: null });

    await instance.submit();
    await expect.poll(() => test.upstream.seen(SUBMIT), PATIENTLY).toHaveLength(1);

    expect(test.upstream.seen(SUBMIT)[0]?.query.has("fal_webhook")).toBe(false);
    expect(instance.services.receiveWebhook).toBeNull();
  });

  it("wakes the job's follower, which asks for status and result", async () => {
    const { upstream, signer, instance, id, url } = await openRunning();
    upstream.on(STATUS, COMPLETED);

    expect(await instance.receive(url, signer.deliver("r1"))).toBe("ACCEPTED");

    await untilCompleted(instance, id);
    expect((await instance.find(id)).output?.audio.url).toBe(OUTPUT.audio.url);
    expect(upstream.seen(RESULT)).toHaveLength(1);
  });

  it("is not believed: what upstream's status does not say has not happened", async () => {
    const { upstream, signer, instance, id, url } = await openRunning();
    const before = upstream.seen(STATUS).length;

    await instance.receive(url, signer.deliver("r1"));
    await expect.poll(() => upstream.seen(STATUS).length, PATIENTLY).toBeGreaterThan(before);

    expect((await instance.find(id)).status).not.toBe("COMPLETED");
    expect(upstream.seen(RESULT)).toEqual([]);
  });

  it("may come late, again and again", async () => {
    const { upstream, signer, instance, id, url } = await openRunning();
    upstream.on(STATUS, COMPLETED);
    const delivery = signer.deliver("r1");
    await instance.receive(url, delivery);
    await untilCompleted(instance, id);
    const requests = upstream.requests.length;
    const job = await instance.find(id);

    for (let count = 0; count < 3; count++) expect(await instance.receive(url, delivery)).toBe("ACCEPTED");

    expect(await instance.find(id)).toEqual(job);
    expect(upstream.requests).toHaveLength(requests);
  });

  it("is known by its body where its header names an attempt", async () => {
    const { upstream, signer, instance, id, url } = await openRunning();
    upstream.on(STATUS, COMPLETED);

    expect(await instance.receive(url, signer.deliver("r1", { headerRequestId: "g-r1" }))).toBe("ACCEPTED");

    await untilCompleted(instance, id);
  });

  it("changes nothing about a job with another request", async () => {
    const { signer, instance, id, url } = await openRunning();
    const job = await instance.find(id);

    expect(await instance.receive(url, signer.deliver("r9"))).toBe("ACCEPTED");

    expect(await instance.find(id)).toEqual(job);
  });

  it("finds its job also after a restart", async () => {
    const before = await openRunning();
    await before.instance.stop();
    const instance = await openWebhooks(before, { place: before.instance.place });
    before.upstream.on(STATUS, COMPLETED);

    expect(await instance.receive(before.url, before.signer.deliver("r1"))).toBe("ACCEPTED");

    await untilCompleted(instance, before.id);
  });

  it("is answered 'unavailable' when the store is down, so that it comes again", async () => {
    const test = await startSilentUpstream();
    test.upstream.on(SUBMIT, acceptAll());
    let down = false;
    const instance = await openWebhooks(test, {
      wrap: (database) => ({
        ...database,
        query: async (...question) => {
          if (down) throw new StoreUnavailableError("the connection broke", null);
          return database.query(...question);
        },
      }),
    });
    await instance.submit();
    await expect.poll(() => test.upstream.seen(SUBMIT), PATIENTLY).toHaveLength(1);
    down = true;

    await expect(instance.receive(callbackUrl(test.upstream), test.signer.deliver("r1"))).rejects.toThrow(
      UnavailableError,
    );
    down = false;

    expect(await instance.receive(callbackUrl(test.upstream), test.signer.deliver("r1"))).toBe("ACCEPTED");
  });
});

describe("a webhook as evidence", () => {
  it("tells the request id before the submission is answered, and the job goes on", async () => {
    const test = await startSilentUpstream();
    const { upstream, signer } = test;
    const held = new HeldReply();
    upstream.on(SUBMIT, held.reply);
    upstream.on(STATUS, COMPLETED);
    upstream.on(RESULT, json(200, OUTPUT));
    const instance = await openWebhooks(test);
    const { id } = await instance.submit();
    await held.arrived;

    expect(await instance.receive(callbackUrl(upstream), signer.deliver("r1"))).toBe("ACCEPTED");

    expect(await instance.find(id)).toMatchObject({ submission: "SUBMITTED", requestId: "r1" });
    await untilCompleted(instance, id);
    held.release(json(200, { status: "IN_QUEUE", request_id: "r1" }));
    await instance.stop();
    expect(upstream.seen(SUBMIT)).toHaveLength(1);
  });

  it("takes the place of an answer that is lost later", async () => {
    const test = await startSilentUpstream();
    const { upstream, signer } = test;
    const held = new HeldReply();
    upstream.on(SUBMIT, held.reply);
    upstream.on(STATUS, RUNNING);
    upstream.on(RESULT, json(200, OUTPUT));
    const instance = await openWebhooks(test);
    const { id } = await instance.submit();
    await held.arrived;
    await instance.receive(callbackUrl(upstream), signer.deliver("r1"));

    held.release(reset());
    upstream.on(STATUS, COMPLETED);
    await instance.receive(callbackUrl(upstream), signer.deliver("r1"));

    await untilCompleted(instance, id);
    expect(upstream.seen(SUBMIT)).toHaveLength(1);
  });

  it("finds a submission whose answer was lost", async () => {
    const test = await startSilentUpstream();
    const { upstream, signer } = test;
    upstream.on(SUBMIT, reset());
    upstream.on(STATUS, COMPLETED);
    upstream.on(RESULT, json(200, OUTPUT));
    const instance = await openWebhooks(test);
    const { id } = await instance.submit();
    await expect.poll(() => instance.find(id), PATIENTLY).toMatchObject({ submission: "UNCONFIRMED" });

    expect(await instance.receive(callbackUrl(upstream), signer.deliver("r1"))).toBe("ACCEPTED");

    await untilCompleted(instance, id);
    expect(upstream.seen(SUBMIT)).toHaveLength(1);
  });

  it("keeps a job from being sent again that upstream had only seemed to refuse", async () => {
    const test = await startSilentUpstream();
    const { upstream, signer } = test;
    upstream.on(SUBMIT, json(429, { detail: "too many" }));
    upstream.on(STATUS, COMPLETED);
    upstream.on(RESULT, json(200, OUTPUT));
    const instance = await openWebhooks(test);
    const { id } = await instance.submit();
    await expect.poll(() => upstream.seen(SUBMIT), PATIENTLY).toHaveLength(1);
    await expect.poll(() => instance.find(id), PATIENTLY).toMatchObject({ submission: "WAITING" });

    expect(await instance.receive(callbackUrl(upstream), signer.deliver("r1"))).toBe("ACCEPTED");

    await untilCompleted(instance, id);
    expect(upstream.seen(SUBMIT)).toHaveLength(1);
  });

  it("is none for a job when the request is another job's", async () => {
    const { upstream, signer, instance, id } = await openRunning();
    const held = new HeldReply();
    upstream.on(SUBMIT, held.reply);
    const other = await instance.submit();
    await held.arrived;

    expect(await instance.receive(callbackUrl(upstream), signer.deliver("r1"))).toBe("FOREIGN");

    expect(await instance.find(other.id)).toMatchObject({ submission: "SENDING", requestId: null });
    expect(await instance.find(id)).toMatchObject({ requestId: "r1" });
    held.release(json(200, { request_id: "r2" }));
  });
});

describe("whose webhook it is", () => {
  it.each<[string, WebhookChanges]>([
    ["signed with the older of two keys", {}],
    ["five minutes old", { timestamp: -300 }],
    ["five minutes early", { timestamp: 300 }],
  ])("is clear for one that is %s", async (_name, { timestamp = 0 }) => {
    const { signer, instance, url, time } = await openRunning();
    time.now = 1_000 * Math.floor(time.now / 1_000);

    const delivery = signer.deliver("r1", { key: signer.keys[1], timestamp: time.now / 1_000 + timestamp });

    expect(await instance.receive(url, delivery)).toBe("ACCEPTED");
  });

  it.each<
    [string, (test: Awaited<ReturnType<typeof openRunning>>) => ReturnType<WebhookTest["signer"]["deliver"]>, string]
  >([
    ["unsigned", ({ signer }) => ({ ...signer.deliver("r1"), headers: {} }), "UNSIGNED"],
    ["signed by a stranger", ({ signer }) => signer.deliver("r1", { key: signer.foreignKey }), "UNSIGNED"],
    [
      "stale",
      ({ signer, time }) => signer.deliver("r1", { timestamp: Math.floor(time.now / 1_000) - 302 }),
      "UNSIGNED",
    ],
    [
      "from the future",
      ({ signer, time }) => signer.deliver("r1", { timestamp: Math.floor(time.now / 1_000) + 302 }),
      "UNSIGNED",
    ],
    [
      "changed on its way",
      ({ signer }) => ({ ...signer.deliver("r1"), body: Buffer.from(`{"request_id":"r1", "status":"OK"}`) }),
      "UNSIGNED",
    ],
    [
      "restamped",
      ({ signer }) => {
        const { headers, body } = signer.deliver("r1", { timestamp: 1 });
        return { headers: { ...headers, "x-fal-webhook-timestamp": String(Math.floor(Date.now() / 1_000)) }, body };
      },
      "UNSIGNED",
    ],
    [
      "of a signature that is none",
      ({ signer }) => {
        const { headers, body } = signer.deliver("r1");
        return { headers: { ...headers, "x-fal-webhook-signature": "zz" }, body };
      },
      "UNSIGNED",
    ],
    ["without JSON", ({ signer }) => signer.deliver("r1", { body: "hello" }), "MALFORMED"],
    ["of a list", ({ signer }) => signer.deliver("r1", { body: "[]" }), "MALFORMED"],
    ["of a path for an id", ({ signer }) => signer.deliver("r1", { body: `{"request_id": "../r1"}` }), "MALFORMED"],
  ])("is refused when it is %s, and nothing happens", async (_name, deliver, verdict) => {
    const test = await openRunning();
    const { instance, upstream, id, url } = test;
    const [job, asked] = [await instance.find(id), upstream.seen(STATUS).length];

    expect(await instance.receive(url, deliver(test))).toBe(verdict);

    expect(await instance.find(id)).toEqual(job);
    expect(upstream.seen(STATUS)).toHaveLength(asked);
  });

  it("is refused when its address is not one that was given out, and upstream's keys are not even looked at", async () => {
    const { signer, instance, upstream, url, id } = await openRunning();
    const other = await instance.submit();
    const delivery = signer.deliver("r1");
    const addresses = [
      url.replace(id, other.id),
      url.replace(id, ""),
      url.replace(/proof=.*/, ""),
      url.replace(/proof=.*/, "proof=AAAA"),
      url.slice(0, -1),
      `${url}A`,
    ];

    for (const address of addresses) expect(await instance.receive(address, delivery), address).toBe("FOREIGN");

    expect(upstream.seen(JWKS)).toEqual([]);
  });

  it("is unknown once the job is gone", async () => {
    const { signer, instance, upstream, url, id } = await openRunning();
    upstream.on(STATUS, COMPLETED);
    await instance.receive(url, signer.deliver("r1"));
    await untilCompleted(instance, id);

    await new JobHistory(instance.database).removeFinished(Number.MAX_SAFE_INTEGER);

    expect(await instance.receive(url, signer.deliver("r1"))).toBe("UNKNOWN_JOB");
  });

  it("is refused when it is another account's, once ours is known, also after a restart", async () => {
    const test = await openRunning();
    const { signer, instance, url } = test;
    expect(await instance.receive(url, signer.deliver("r1"))).toBe("ACCEPTED");

    expect(await instance.receive(url, signer.deliver("r1", { userId: "somebody" }))).toBe("FOREIGN");
    await instance.stop();
    const again = await openWebhooks(test, { place: instance.place });

    expect(await again.receive(url, signer.deliver("r1", { userId: "somebody" }))).toBe("FOREIGN");
    expect(await again.receive(url, signer.deliver("r1", { userId: USER_ID }))).toBe("ACCEPTED");
  });

  it("is not learned from one that nothing but itself speaks for", async () => {
    const test = await startSilentUpstream();
    const { upstream, signer } = test;
    const held = new HeldReply();
    upstream.on(SUBMIT, held.reply, acceptAll());
    upstream.on(STATUS, RUNNING);
    const instance = await openWebhooks(test);
    await instance.submit();
    await held.arrived;
    await instance.receive(callbackUrl(upstream), signer.deliver("r7", { userId: "somebody" }));
    held.release(json(200, { request_id: "r7" }));
    const { id } = await instance.submit();
    await expect.poll(() => instance.find(id), PATIENTLY).toMatchObject({ requestId: "r1" });

    expect(await instance.receive(callbackUrl(upstream), signer.deliver("r1"))).toBe("ACCEPTED");
    expect(await instance.receive(callbackUrl(upstream), signer.deliver("r1", { userId: "somebody" }))).toBe("FOREIGN");
  });
});
