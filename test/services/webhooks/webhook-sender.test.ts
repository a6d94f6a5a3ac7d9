import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { OutboundPolicy } from "../../../src/outbound/outbound.js";
import type { Job } from "../../../src/services/job.js";
import { complete, fail, NOT_BILLED } from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import { SigningKeys } from "../../../src/services/signing-keys.js";
import { JobArchive } from "../../../src/services/store/job-archive.js";
import { JobHistory } from "../../../src/services/store/job-history.js";
import { JobStore } from "../../../src/services/store/job-store.js";
import { WebhookDeliveries } from "../../../src/services/store/webhook-deliveries.js";
import { WebhookKeys } from "../../../src/services/webhooks/webhook-keys.js";
import { WebhookSender } from "../../../src/services/webhooks/webhook-sender.js";
import { guardedLogger } from "../../support/log-guard.js";
import { insertJob, SOME_ERROR, SOME_OUTPUT } from "../../support/make-job.js";
import { openStore } from "../../support/open-store.js";
import { json, redirect, reset, silence } from "../../support/scripted-upstream.js";
import { isSignedBy, OK, startReceiver } from "../../support/webhook-receiver.js";
import { PATIENTLY } from "./webhook-testkit.js";

const DAY_MS = 24 * 60 * 60 * 1_000;
const LOOPBACK: OutboundPolicy = { isAllowedAddress: (address) => address === "127.0.0.1" };

interface DeliveryState {
  attempts: number;
  due_at: number | null;
  delivered_at: number | null;
}

/** A sender over a real store, and a real receiver; not started. */
async function openSender(
  outboundPolicy: OutboundPolicy = LOOPBACK,
  place?: string,
  time = { now: Date.now() },
  archives = false,
) {
  const open = await openStore(() => {}, place);
  const { database } = open;
  const clock = () => time.now;
  const newSender = () => {
    const store = new JobStore(database, () => {});
    const keys = new WebhookKeys(new SigningKeys(database, clock), clock);
    const deliveries = new WebhookDeliveries(database);
    const outputOf = async ({ output }: Job) =>
      output && { ...output, audio: { ...output.audio, url: "https://punchin.example/results/kept.wav" } };
    const logger = guardedLogger;
    const sender = new WebhookSender({ store, deliveries, keys, outboundPolicy, archives, outputOf, logger, clock });
    onTestFinished(() => sender.close());
    return { sender, keys };
  };
  const receiver = await startReceiver();
  const insert = (webhookUrl = receiver.url, overrides: Partial<Job> = {}) =>
    insertJob(open.store, { createdAt: time.now, ...overrides }, { webhookUrl });
  const end = (job: Job) =>
    changeJob(open.store, job, { name: "finished", at: time.now }, (current) =>
      fail(current, SOME_ERROR, NOT_BILLED, time.now),
    );
  return {
    ...open,
    ...newSender(),
    newSender,
    receiver,
    time,
    insert,
    end,
    async completed() {
      const job = await insert();
      await changeJob(open.store, job, { name: "finished", at: time.now }, (current) =>
        complete(current, SOME_OUTPUT, NOT_BILLED, time.now),
      );
      return job;
    },
    async ended(webhookUrl = receiver.url) {
      const job = await insert(webhookUrl);
      await end(job);
      return job;
    },
    async stateOf({ id }: Job): Promise<DeliveryState | undefined> {
      const columns = "attempts, due_at, delivered_at";
      const rows = await database.query<DeliveryState>(`SELECT ${columns} FROM webhook_delivery WHERE job_id = $1`, [
        id,
      ]);
      return rows[0];
    },
  };
}

type SenderTest = Awaited<ReturnType<typeof openSender>>;

function untilState(test: SenderTest, job: Job, state: object) {
  return expect.poll(() => test.stateOf(job), PATIENTLY).toMatchObject(state);
}

/** Waits for the attempt to be over, and then for as long as it takes until the next one is due. */
async function passPause(test: SenderTest, job: Job, attempts: number, moreMs = 0): Promise<void> {
  // While an attempt is under way the next one is more than its time limit away.
  await expect
    .poll(() => test.stateOf(job), PATIENTLY)
    .toSatisfy(
      (state: DeliveryState) =>
        state.attempts === attempts && (state.due_at ?? 0) - test.time.now <= 5_000 * 2 ** (attempts - 1),
    );
  test.time.now = ((await test.stateOf(job))?.due_at ?? 0) + moreMs;
  test.sender.wake();
}

describe("the end of a job", () => {
  it("is told once, signed with a published key", async () => {
    const test = await openSender();
    const job = await test.insert(undefined, { callerId: "näme" });
    test.sender.start();

    await test.end(job);
    test.sender.wake();
    const webhook = await test.receiver.arrivals.next();

    expect(webhook.route).toBe("POST /hook");
    expect(webhook.query.get("mine")).toBe("1");
    expect(webhook.headers).toMatchObject({
      "content-type": "application/json",
      "x-fal-webhook-request-id": job.id,
      "x-fal-webhook-user-id": "n%u00e4me",
    });
    expect(JSON.parse(webhook.body)).toMatchObject({ status: "ERROR", request_id: job.id });
    expect(isSignedBy(webhook, (await test.keys.publish()).keys, test.time.now / 1_000)).toBe(true);
    await untilState(test, job, { attempts: 1, due_at: null, delivered_at: test.time.now });
    test.time.now += DAY_MS;
    test.sender.wake();
    await test.sender.close();
    expect(test.receiver.requests).toHaveLength(1);
  });

  it("is told with its output as it is shown", async () => {
    const test = await openSender();
    await test.completed();

    test.sender.start();
    const { body } = await test.receiver.arrivals.next();

    expect(JSON.parse(body).payload.audio.url).toBe("https://punchin.example/results/kept.wav");
  });

  it("is told once its result is archived or given up, and after a minute in any case", async () => {
    const test = await openSender(LOOPBACK, undefined, { now: Date.now() }, true);
    const [kept, slow] = [await test.completed(), await test.completed()];
    const failed = await test.ended();

    test.sender.start();
    await untilState(test, failed, { due_at: null });
    expect(await test.stateOf(kept)).toMatchObject({ attempts: 0 });
    await new JobArchive(test.database).settle(kept.id, null);
    test.sender.wake();
    await untilState(test, kept, { due_at: null });
    expect(await test.stateOf(slow)).toMatchObject({ attempts: 0 });
    test.time.now += 60_000;
    test.sender.wake();

    await untilState(test, slow, { due_at: null });
  });

  it("is awaited: nothing is told before", async () => {
    const test = await openSender();
    const waiting = await test.insert();
    const ended = await test.ended();

    test.sender.start();
    await untilState(test, ended, { due_at: null });

    expect(test.receiver.requests).toHaveLength(1);
    expect(await test.stateOf(waiting)).toMatchObject({ attempts: 0, due_at: 0 });
  });

  it("is told again, stamped anew, until a 2xx comes", async () => {
    const test = await openSender();
    test.receiver.answer(json(500, {}), json(404, {}), reset(), json(204, undefined));
    const job = await test.ended();

    test.sender.start();
    for (let attempts = 1; attempts <= 3; attempts++) await passPause(test, job, attempts);
    await untilState(test, job, { attempts: 4, due_at: null, delivered_at: test.time.now });

    const { requests } = test.receiver;
    expect(requests).toHaveLength(4);
    const stamps = requests.map(({ headers }) => Number(headers["x-fal-webhook-timestamp"]));
    // At least half of 5, 10 and 20 s.
    expect(stamps.slice(1).map((stamp, index) => stamp - (stamps[index] ?? 0) >= 2.5 * 2 ** index - 1)).toEqual([
      true,
      true,
      true,
    ]);
    expect(isSignedBy(requests[3] as never, (await test.keys.publish()).keys, test.time.now / 1_000)).toBe(true);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
  });

  it("is not told to where a redirect leads, and never again", async () => {
    const test = await openSender();
    const target = await startReceiver();
    test.receiver.answer(redirect(target.url));
    const job = await test.ended();

    test.sender.start();

    await untilState(test, job, { attempts: 1, due_at: null, delivered_at: null });
    expect(target.requests).toEqual([]);
  });

  it("is told for a day, and then no more", async () => {
    const test = await openSender();
    test.receiver.answer(json(503, {}));
    const job = await test.ended();
    test.sender.start();
    await passPause(test, job, 1);
    await passPause(test, job, 2, DAY_MS);

    await untilState(test, job, { attempts: 3, due_at: null, delivered_at: null });
  });

  it("is not told to addresses that callers must not reach, whatever their names", async () => {
    const lookups: string[] = [];
    const resolveHost = async (host: string) => {
      lookups.push(host);
      return [{ address: "127.0.0.1", family: 4 }];
    };
    const test = await openSender({ resolveHost });
    const { port } = new URL(test.receiver.url);
    const job = await test.ended(`http://rebound.example:${port}/hook`);

    test.sender.start();
    await passPause(test, job, 1);
    await untilState(test, job, { attempts: 2 });

    expect(lookups[0]).toBe("rebound.example");
    expect(test.receiver.requests).toEqual([]);
  });

  it("goes with its job", async () => {
    const test = await openSender();
    const job = await test.ended();

    await new JobHistory(test.database).removeFinished(test.time.now + 1);

    expect(await test.stateOf(job)).toBeUndefined();
  });
});

describe("deliveries", () => {
  it("have 15 s for the first attempt and 120 s for others", async () => {
    const test = await openSender();
    test.receiver.answer(silence());
    const job = await test.ended();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    test.sender.start();
    for (const [attempts, timeoutMs] of [
      [1, 15_000],
      [2, 120_000],
    ] as const) {
      await test.receiver.arrivals.next();

      vi.advanceTimersByTime(timeoutMs - 1);
      expect((await test.stateOf(job))?.due_at).toBeGreaterThanOrEqual(test.time.now + timeoutMs);
      vi.advanceTimersByTime(1);

      await passPause(test, job, attempts);
    }
  });

  it("to a host that does not answer hold up no other", async () => {
    const test = await openSender();
    const good = await startReceiver();
    test.receiver.answer(silence());
    for (let count = 0; count < 40; count++) await test.ended();
    const job = await test.ended(good.url);

    test.sender.start();

    await good.arrivals.next();
    await untilState(test, job, { due_at: null });
    expect(test.receiver.requests).toHaveLength(4);
  });

  it("that were broken off are made again after a restart", async () => {
    const test = await openSender();
    test.receiver.answer(silence(), OK);
    const job = await test.ended();
    test.sender.start();
    await test.receiver.arrivals.next();
    await test.sender.close();
    expect(await test.stateOf(job)).toMatchObject({ attempts: 1, delivered_at: null });

    test.newSender().sender.start();

    await test.receiver.arrivals.next();
    await untilState(test, job, { attempts: 2, due_at: null });
  });

  it("that a dead process had begun are made again when their time is over", async () => {
    const test = await openSender();
    const job = await test.ended();
    const deliveries = new WebhookDeliveries(test.database);
    const [due] = await deliveries.findDue(test.time.now, 1, [], Number.MAX_SAFE_INTEGER);
    if (!due) throw new Error("Nothing is due.");
    expect(await deliveries.claim(due, test.time.now + 20_000)).toBe(true);
    expect(await deliveries.claim(due, test.time.now + 20_000)).toBe(false);

    test.sender.start();
    expect(await deliveries.findDue(test.time.now + 19_999, 1, [], Number.MAX_SAFE_INTEGER)).toEqual([]);
    test.time.now += 20_000;
    test.sender.wake();

    await test.receiver.arrivals.next();
    await untilState(test, job, { attempts: 2, due_at: null });
  });

  it("are shared by instances, each made by one", async () => {
    const test = await openSender();
    const jobs: Job[] = [];
    for (let count = 0; count < 30; count++) jobs.push(await test.ended());

    test.sender.start();
    test.newSender().sender.start();
    for (const job of jobs) await untilState(test, job, { attempts: 1, due_at: null });

    const told = test.receiver.requests.map(({ body }) => JSON.parse(body).request_id);
    expect(told.sort()).toEqual(jobs.map(({ id }) => id).sort());
  });
});
