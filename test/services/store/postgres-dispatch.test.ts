import { expect, it } from "vitest";
import type { Job } from "../../../src/services/job.js";
import { fail, NOT_BILLED } from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import { EventQueue } from "../../support/event-queue.js";
import { SOME_ERROR } from "../../support/make-job.js";
import { newPlace } from "../../support/open-store.js";
import { json, type Reply, reset } from "../../support/scripted-upstream.js";
import { acceptAll, HeldReply, openDispatch } from "../dispatch-testkit.js";
import { SUBMIT } from "../fal/fal-testkit.js";

it("never has more jobs upstream than allowed, over two instances that send", async () => {
  const place = await newPlace();
  const instances = [await openDispatch(3, place), await openDispatch(3, place)] as const;
  const [here, there] = instances;
  const counts: number[] = [];
  const ended = new EventQueue<Job>();
  const accept: Reply = (response, request) => {
    void here.claims.readUpstreamLoad().then(({ jobs: count }) => {
      counts.push(count);
      json(200, { request_id: `r${counts.length}` })(response, request);
    });
  };
  for (const { upstream } of instances) upstream.on(SUBMIT, accept);
  for (let index = 0; index < 20; index++) await here.insert();

  const run = async ({ submitted, store }: typeof here) => {
    for (;;) {
      const job = await submitted.next();
      const done = await changeJob(store, job, { name: "finished", at: 1 }, (current) =>
        fail(current, SOME_ERROR, NOT_BILLED, 1),
      );
      if (done) ended.push(done);
      for (const { dispatcher } of instances) dispatcher.wake();
    }
  };
  for (const instance of instances) run(instance).catch(() => {});
  const finished = new Set<string>();
  const finish = async (count: number) => {
    while (finished.size < count) finished.add((await ended.next()).id);
  };
  here.dispatcher.start();
  await finish(1);
  there.dispatcher.start();
  await finish(10);
  await here.dispatcher.close();
  await finish(20);

  expect(Math.max(...counts)).toBeLessThanOrEqual(3);
  expect(here.sent().length + there.sent().length).toBe(20);
  expect(there.sent().length * here.sent().length).toBeGreaterThan(0);
});

it("loses one job to an outage, however many instances send", async () => {
  const place = await newPlace();
  const instances = [await openDispatch(10, place), await openDispatch(10, place), await openDispatch(10, place)];
  const questions = new EventQueue<string>();
  const held = new HeldReply();
  for (const [index, { upstream, instanceId }] of instances.entries()) {
    upstream.on(SUBMIT, index === 0 ? held.reply : reset(), acceptAll());
    upstream.on(`GET /fal-ai/stable-audio-25/requests/${instanceId}/status`, (response, request) => {
      questions.push(instanceId);
      json(502, {})(response, request);
    });
  }
  const [first, ...others] = instances as [(typeof instances)[0], ...typeof instances];
  for (let index = 0; index < 10; index++) await first.insert();

  first.dispatcher.start();
  await held.arrived;
  for (const { dispatcher } of others) {
    dispatcher.start();
    dispatcher.wake();
  }
  held.release(reset());
  const asked = new Set<string>();
  while (asked.size < 3) asked.add(await questions.next());

  expect(instances.flatMap(({ sent }) => sent())).toHaveLength(1);
});

it("goes on sending from every instance once upstream is back", async () => {
  const place = await newPlace();
  const here = await openDispatch(10, place);
  const there = await openDispatch(10, place);
  here.upstream.on(SUBMIT, reset());
  there.upstream.on(SUBMIT, acceptAll());
  const lost = await here.insert();
  here.dispatcher.start();
  await here.until(lost.id, ({ submission }) => submission === "UNCONFIRMED");
  await here.dispatcher.close();

  const next = await here.insert();
  there.dispatcher.start();

  expect((await there.submitted.next()).id).toBe(next.id);
  expect(there.upstream.seen(`GET /fal-ai/stable-audio-25/requests/${there.instanceId}/status`)).toHaveLength(1);
});
