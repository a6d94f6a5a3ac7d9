import { describe, expect, it, onTestFinished } from "vitest";
import type { Job } from "../../src/services/job.js";
import { observe, takeOver } from "../../src/services/job-state.js";
import { changeJob } from "../../src/services/jobs/change-job.js";
import { Lease } from "../../src/services/lease.js";
import { JobClaims } from "../../src/services/store/job-claims.js";
import { JobStore } from "../../src/services/store/job-store.js";
import { Takeover } from "../../src/services/takeover.js";
import { EventQueue } from "../support/event-queue.js";
import { guardedLogger } from "../support/log-guard.js";
import { insertJob } from "../support/make-job.js";
import { type OpenStore, openStore } from "../support/open-store.js";
import { json, LiveStream } from "../support/scripted-upstream.js";
import { HeldReply, openDispatch } from "./dispatch-testkit.js";
import { STATUS, STREAM, SUBMIT } from "./fal/fal-testkit.js";
import { eventNames, insertSent } from "./store/claims-testkit.js";
import { COMPLETED, line, RUNNING, startTracking } from "./tracker/tracker-testkit.js";

/** An instance that holds its lease and is ready to take others' jobs. */
async function openInstance({ database }: Pick<OpenStore, "database">) {
  const owned = new EventQueue<Job>();
  const claims = new JobClaims(database);
  const lease = new Lease(claims, guardedLogger);
  await claims.heartbeat(lease.instanceId, 60_000);
  const takeover = new Takeover({
    store: new JobStore(database, () => {}),
    claims,
    logger: guardedLogger,
    clock: () => 5,
    lease: { instanceId: lease.instanceId, isHeld: () => true },
    onOwned: (jobs) => {
      for (const job of jobs) owned.push(job);
    },
  });
  onTestFinished(() => takeover.close());
  return { takeover, owned, claims, instanceId: lease.instanceId };
}

describe("taking over", () => {
  it("keeps a submitted job as it is, and never sends again what was being sent", async () => {
    const open = await openStore();
    const submitted = await insertSent(open.store, "dead");
    const sending = await insertSent(open.store, "dead", { submission: "SENDING", requestId: null });
    const { takeover, owned, instanceId } = await openInstance(open);

    takeover.start();
    await owned.until(({ id }) => id === sending.id);

    expect(await open.store.find(submitted.id)).toMatchObject({
      submission: "SUBMITTED",
      requestId: "r1",
      ownerId: instanceId,
    });
    expect(await open.store.find(sending.id)).toMatchObject({ submission: "UNCONFIRMED", ownerId: instanceId });
  });

  it("leaves alone what waits, what has ended, and what a living instance owns", async () => {
    const open = await openStore();
    const alive = await openInstance(open);
    const untouched = [
      await insertJob(open.store),
      await insertSent(open.store, "dead", { status: "FAILED", finishedAt: 5 }),
      await insertSent(open.store, alive.instanceId),
    ];
    const orphan = await insertSent(open.store, "dead");
    const { takeover, owned } = await openInstance(open);

    takeover.start();
    await owned.until(({ id }) => id === orphan.id);

    for (const job of untouched) {
      expect(await open.store.find(job.id)).toMatchObject({ ownerId: job.ownerId, lastSequence: job.lastSequence });
    }
  });

  it("gives each job to exactly one of two instances that try at once", async () => {
    const open = await openStore();
    const ids: string[] = [];
    for (let index = 0; index < 60; index++) ids.push((await insertSent(open.store, "dead")).id);
    const here = await openInstance(open);
    // A connection of its own, where the store allows it.
    const there = await openInstance(open.database.shared ? await openStore(() => {}, open.place) : open);

    here.takeover.start();
    there.takeover.start();
    await expect.poll(() => here.claims.findOrphans(), { timeout: 10_000 }).toEqual([]);

    const owners = new Set([here.instanceId, there.instanceId]);
    for (const id of ids) {
      expect(await eventNames(open.database, id)).toEqual(["accepted", "submitted", "taken-over"]);
      expect(owners).toContain((await open.store.find(id))?.ownerId);
    }
  });

  it("reminds of a wish to cancel that came by way of another instance", async () => {
    const open = await openStore();
    const { takeover, owned, instanceId } = await openInstance(open);
    const job = await insertSent(open.store, instanceId, { cancelRequestedAt: 7 });

    takeover.start();

    expect(await owned.next()).toMatchObject({ id: job.id, cancelRequestedAt: 7 });
  });
});

describe("a former owner", () => {
  it("writes nothing more once its job was taken, whatever upstream tells it", async () => {
    const tracking = await startTracking();
    const { store, upstream, tracker } = tracking;
    const live = new LiveStream();
    upstream.on(STREAM, live.reply);
    upstream.on(STATUS, json(200, COMPLETED));
    const job = await tracking.submitted();
    tracker.track(job);
    await live.opened;
    live.send({ ...RUNNING, logs: [line(1, "mine")] });
    await tracking.until(({ logCount }) => logCount === 1);

    const taken = await changeJob(store, job, { name: "taken-over", at: 5 }, (current) => takeOver(current, "other"));
    live.send({ ...RUNNING, progress: 0.9, logs: [line(2, "not mine any more")] });
    live.send({ ...COMPLETED, logs: [line(3, "nor this")] });
    await tracking.freed.next();

    expect(await store.find(job.id)).toEqual(taken);
    expect(await tracking.messages(job)).toEqual(["mine"]);
  });

  it("does not stand in the new owner's way", async () => {
    const tracking = await startTracking();
    const { store, upstream, tracker } = tracking;
    const live = new LiveStream();
    upstream.on(STREAM, live.reply);
    const job = await tracking.submitted();
    tracker.track(job);
    await live.opened;
    await changeJob(store, job, { name: "taken-over", at: 5 }, (current) => takeOver(current, "other"));

    live.send({ ...RUNNING, progress: 0.9 });
    const next = await changeJob(store, job, { name: "status", at: 6 }, (current) =>
      observe(current, "IN_PROGRESS", 0.2, 6),
    );
    await tracking.freed.next();

    expect(await store.find(job.id)).toEqual(next);
  });

  it("still binds the request id that it alone knows, and leaves the following to the new one", async () => {
    const { upstream, store, dispatcher, insert, submitted, until } = await openDispatch();
    const held = new HeldReply();
    upstream.on(SUBMIT, held.reply);
    const { id } = await insert();
    dispatcher.start();
    await held.arrived;
    const job = await until(id, ({ submission }) => submission === "SENDING");
    await changeJob(store, job, { name: "taken-over", at: 5 }, (current) => takeOver(current, "other"));

    held.release(json(200, { request_id: "r1" }));
    const bound = await until(job.id, ({ requestId }) => requestId !== null);
    const own = await insert();
    upstream.on(SUBMIT, json(200, { request_id: "r2" }));

    expect(bound).toMatchObject({ submission: "SUBMITTED", requestId: "r1", ownerId: "other" });
    // Told of its own next job, and not of this one before it.
    dispatcher.wake();
    expect((await submitted.next()).id).toBe(own.id);
  });
});
