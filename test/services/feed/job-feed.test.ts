import { describe, expect, it } from "vitest";
import { BadUserInputError, NotFoundError } from "../../../src/errors.js";
import { encodeEventCursor } from "../../../src/services/cursor.js";
import { CALLER, insertJob } from "../../support/make-job.js";
import { linesOf, nextOf, openFeed, restOf } from "./feed-testkit.js";

describe("watching a job", () => {
  it("starts with the present state and all lines so far, then tells what happens, then ends", async () => {
    const { watch, progress, finish } = await openFeed();
    await progress(0.1, "one", "two");
    const watching = await watch();

    const snapshot = await nextOf(watching);
    await progress(0.5, "three");
    const live = await nextOf(watching);
    await finish();
    const rest = await restOf(watching);

    expect(snapshot).toMatchObject({ snapshot: true, status: "IN_PROGRESS", progress: 0.1 });
    expect(linesOf([snapshot])).toEqual([
      [1, "one"],
      [2, "two"],
    ]);
    expect(live).toMatchObject({ snapshot: false, progress: 0.5, logs: [{ sequence: 3, message: "three" }] });
    expect(rest).toHaveLength(1);
    expect(rest[0]).toMatchObject({ snapshot: false, status: "COMPLETED", logs: [], job: { output: { seed: 42n } } });
  });

  it("gives from each cursor exactly what came after it", async () => {
    const { watch, progress, finish } = await openFeed();
    const all = await watch();
    const updates = [await nextOf(all)];
    for (let step = 1; step <= 5; step++) await progress(step / 10, `line ${step}`);
    await finish();
    updates.push(...(await restOf(all)));

    for (const [index, { cursor }] of updates.entries()) {
      const missed = await restOf(await watch(cursor));
      expect(missed.map((update) => update.cursor)).toEqual(updates.slice(index + 1).map((update) => update.cursor));
      expect(linesOf(missed)).toEqual(linesOf(updates.slice(index + 1)));
      expect(missed.every(({ snapshot }) => !snapshot)).toBe(true);
    }
  });

  it("gives a watcher after the end the end, and with the last cursor nothing", async () => {
    const { watch, progress, finish } = await openFeed();
    await progress(0.3, "one");
    await finish();

    const [end, ...more] = await restOf(await watch());
    const nothing = await restOf(await watch(end?.cursor));

    expect(end).toMatchObject({ snapshot: true, status: "COMPLETED", logs: [{ sequence: 1, message: "one" }] });
    expect(more).toEqual([]);
    expect(nothing).toEqual([]);
  });

  it("gives several watchers, whenever they came, the same lines", async () => {
    const { watch, progress, finish } = await openFeed();
    const collected: Promise<[number, string][]>[] = [];
    for (let step = 0; step < 8; step++) {
      const watching = await watch();
      collected.push(restOf(watching).then(linesOf));
      await progress(step / 10, `a${step}`, `b${step}`);
    }
    await finish();

    const lines = await Promise.all(collected);
    expect(lines[0]).toHaveLength(16);
    for (const one of lines) expect(one).toEqual(lines[0]);
  });

  it("gives all watchers the same object of each update, so that what is made of it can be made once", async () => {
    const { watch, progress, finish } = await openFeed();
    const watching = [await watch(), await watch(), await watch()];
    const next = () => Promise.all(watching.map(nextOf));

    const snapshots = await next();
    await progress(0.5, "one");
    const updates = await next();
    await finish();
    const ends = await next();

    for (const [first, ...others] of [snapshots, updates, ends]) for (const other of others) expect(other).toBe(first);
    expect(new Set([...snapshots, ...updates, ...ends]).size).toBe(3);
  });

  it("gives all watchers the same object also of what was committed while it read", async () => {
    const { job, watch, progress, afterRead } = await openFeed();
    const here = encodeEventCursor(job.id, job.lastSequence);
    const watching = [await watch(here), await watch(here), await watch(here)];
    afterRead("FROM job_event", () => progress(0.5, "one"));

    const [first, ...others] = await Promise.all(watching.map(nextOf));

    expect(first?.progress).toBe(0.5);
    for (const other of others) expect(other).toBe(first);
  });

  it("reads the log once for all who come at once, and again for who comes when more is known", async () => {
    const { watch, progress, reads } = await openFeed();
    await progress(0.1, "one");
    const logReads = () => reads.filter((sql) => sql.includes("logs IS NOT NULL")).length;

    const together = [await watch(), await watch()];
    await Promise.all(together.map(nextOf));
    expect(logReads()).toBe(1);
    await progress(0.2, "two");
    await Promise.all(together.map(nextOf));
    const later = await nextOf(await watch());

    expect(linesOf([later])).toEqual([
      [1, "one"],
      [2, "two"],
    ]);
    expect(logReads()).toBe(2);
  });

  it("tells all who wait that the log can't be read, and reads it again for the next", async () => {
    const { watch, afterRead } = await openFeed();
    const [one, other] = [await watch(), await watch()];
    afterRead("logs IS NOT NULL", async () => {
      throw new Error("disk I/O error");
    });

    const failed = await Promise.allSettled([one.next(), other.next()]);
    const next = await nextOf(await watch());

    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(next.snapshot).toBe(true);
  });

  it("loses nothing to a watcher that pulls late, however far it fell behind", async () => {
    const { watch, flood, finish } = await openFeed();
    const slow = await watch();
    await nextOf(slow);
    await flood(1_300);
    await finish();

    const updates = await restOf(slow);

    expect(updates).toHaveLength(1_301);
    expect(linesOf(updates).map(([sequence]) => sequence)).toEqual(
      Array.from({ length: 1_300 }, (_, index) => index + 1),
    );
    expect(updates.at(-1)?.status).toBe("COMPLETED");
  });

  it("hands out a job at least as new as the update", async () => {
    const { watch, progress, finish } = await openFeed();
    const watching = await watch();
    const collected = restOf(watching);
    await Promise.all([progress(0.1), progress(0.2), progress(0.3)]);
    await finish();

    for (const { job, progress: told } of await collected) expect(job.progress ?? 0).toBeGreaterThanOrEqual(told ?? 0);
  });

  it("tells what this instance commits without reading it again, and to the letter what a later reader gets", async () => {
    const { watch, progress, finish, reads, settled } = await openFeed();
    const watching = await watch();
    await nextOf(watching);
    await progress(0.1);
    const { cursor } = await nextOf(watching);
    await settled();
    const before = reads.length;

    await progress(0.3, 'quotes ", tabs \t and \u0000', "twice", "twice");
    for (const part of [0.4, 0.5, 0.6, 0.7]) await progress(part);
    await finish();
    const live = await restOf(watching);

    // The sweep that looks once a second may find a step before it is handed over.
    expect(reads.slice(before).filter((sql) => sql.includes("job_event")).length).toBeLessThanOrEqual(1);
    const replayed = await restOf(await watch(cursor));
    expect(live.map(({ job: _, ...update }) => update)).toEqual(replayed.map(({ job: _, ...update }) => update));
    expect(live.at(-1)?.job).toEqual(replayed.at(-1)?.job);
  });

  it("reads what is missing before a step that is handed over", async () => {
    const { watch, progress, finish, loseWakeUps, handOver } = await openFeed();
    const watching = await watch();
    await nextOf(watching);
    loseWakeUps();
    await progress(0.5, "unheard");
    handOver();
    await finish();

    expect((await restOf(watching)).map(({ status }) => status)).toEqual(["IN_PROGRESS", "COMPLETED"]);
  });

  it("tells the end even when it is committed between the feed's two reads", async () => {
    const { watch, progress, finish, afterRead, commitElsewhere } = await openFeed();
    const watching = await watch();
    await nextOf(watching);
    commitElsewhere();
    afterRead("FROM job_event", finish);
    await progress(0.5, "last words");

    const rest = await restOf(watching);

    expect(rest.map(({ status }) => status)).toEqual(["IN_PROGRESS", "COMPLETED"]);
  });

  it("tells what was committed while the snapshot was read", async () => {
    const { watch, progress, finish, afterRead } = await openFeed();
    afterRead("logs IS NOT NULL", async () => {
      await progress(0.5, "just now");
      await finish();
    });

    const [snapshot, ...rest] = await restOf(await watch());

    expect(snapshot).toMatchObject({ snapshot: true, logs: [] });
    expect(linesOf(rest)).toEqual([[1, "just now"]]);
    expect(rest.at(-1)?.status).toBe("COMPLETED");
  });

  it("heals a lost wake-up by itself", async () => {
    const { watch, progress, finish, loseWakeUps } = await openFeed();
    const watching = await watch();
    await nextOf(watching);
    loseWakeUps();
    await progress(0.5, "unheard");
    await finish();

    expect((await restOf(watching)).map(({ status }) => status)).toEqual(["IN_PROGRESS", "COMPLETED"]);
  });

  it("pushes queue positions under the cursor that the watcher has", async () => {
    const { watch, store, job, finish } = await openFeed();
    const watching = await watch();
    const snapshot = await nextOf(watching);

    await store.setQueuePosition(job, 3);
    const third = await nextOf(watching);
    await store.setQueuePosition(job, 2);
    const second = await nextOf(watching);
    await finish();

    expect(snapshot.queuePosition).toBeNull();
    expect([third, second].map(({ queuePosition }) => queuePosition)).toEqual([3, 2]);
    for (const { cursor, snapshot: isSnapshot, logs } of [third, second]) {
      expect([cursor, isSnapshot, logs]).toEqual([snapshot.cursor, false, []]);
    }
    expect((await restOf(watching)).map(({ status }) => status)).toEqual(["COMPLETED"]);
  });

  it.each([
    ["unknown", "nonsense"],
    ["another job's", null],
  ])("refuses an %s cursor before any update", async (_name, cursor) => {
    const { watch, store, feed } = await openFeed();
    const other = await insertJob(store);
    const foreign = (await nextOf(await feed.watch(CALLER, other.id, null))).cursor;

    await expect(watch(cursor ?? foreign)).rejects.toBeInstanceOf(BadUserInputError);
  });

  it("tells an unknown job and another caller's in the same words", async () => {
    const { feed, job } = await openFeed();

    const unknown = await feed.watch(CALLER, "nothing", null).catch((error: Error) => error);
    const foreign = await feed.watch({ id: "somebody else" }, job.id, null).catch((error: Error) => error);

    expect(unknown).toBeInstanceOf(NotFoundError);
    expect(foreign).toEqual(unknown);
  });
});
