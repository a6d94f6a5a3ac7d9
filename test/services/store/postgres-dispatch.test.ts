import { expect, it } from "vitest";
import type { Job } from "../../../src/services/job.js";
import { fail, NOT_BILLED } from "../../../src/services/job-state.js";
import { changeJob } from "../../../src/services/jobs/change-job.js";
import { EventQueue } from "../../support/event-queue.js";
import { SOME_ERROR } from "../../support/make-job.js";
import { newPlace } from "../../support/open-store.js";
import { json, type Reply } from "../../support/scripted-upstream.js";
import { openDispatch } from "../dispatch-testkit.js";
import { SUBMIT } from "../fal/fal-testkit.js";

it("never has more jobs upstream than allowed, over two instances that send", async () => {
  const place = await newPlace();
  const instances = [await openDispatch(3, place), await openDispatch(3, place)] as const;
  const [here, there] = instances;
  const counts: number[] = [];
  const ended = new EventQueue<Job>();
  const accept: Reply = (response, request) => {
    void here.claims.countUpstream().then((count) => {
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
  for (const { dispatcher } of instances) dispatcher.start();
  const finished = new Set<string>();
  while (finished.size < 20) finished.add((await ended.next()).id);

  expect(Math.max(...counts)).toBeLessThanOrEqual(3);
  expect(here.sent().length + there.sent().length).toBe(20);
  expect(there.sent().length * here.sent().length).toBeGreaterThan(0);
});
