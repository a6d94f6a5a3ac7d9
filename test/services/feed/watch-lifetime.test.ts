import { describe, expect, it } from "vitest";
import { type FeedTest, nextOf, openFeed, restOf } from "./feed-testkit.js";

/** Whether another instance's commit makes the feed read, which it does only for watched jobs. */
async function readsAfterCommit({ reads, progress, settled, commitElsewhere }: FeedTest): Promise<boolean> {
  const countReads = () => reads.filter((sql) => sql.includes("FROM job_event")).length;
  commitElsewhere();
  await settled();
  const before = countReads();
  await progress(0.9);
  await settled();
  return countReads() > before;
}

describe("the end of a watch", () => {
  it("comes at once when the iterator is returned while it waits, and releases the job", async () => {
    const test = await openFeed();
    const watching = await test.watch();
    await nextOf(watching);
    expect(await readsAfterCommit(test)).toBe(true);
    await nextOf(watching);

    const waiting = watching.next();
    await watching.return?.();

    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(await readsAfterCommit(test)).toBe(false);
    expect(await watching.next()).toEqual({ value: undefined, done: true });
  });

  it("leaves other watchers of the job alone", async () => {
    const { watch, progress, finish } = await openFeed();
    const [leaving, staying] = [await watch(), await watch()];
    await nextOf(leaving);
    await nextOf(staying);

    await leaving.return?.();
    await progress(0.5);
    await finish();

    expect(await restOf(staying)).toHaveLength(2);
  });

  it("holds nothing when it is returned before it was ever pulled", async () => {
    const test = await openFeed();
    await (await test.watch()).return?.();

    expect(await readsAfterCommit(test)).toBe(false);
  });

  it("comes when the consumer breaks out of its loop", async () => {
    const test = await openFeed();
    for await (const update of await test.watch()) {
      expect(update.snapshot).toBe(true);
      break;
    }

    expect(await readsAfterCommit(test)).toBe(false);
  });

  it("releases the job when the job is finished", async () => {
    const test = await openFeed();
    await test.finish();
    await restOf(await test.watch());
    test.reads.length = 0;

    test.feed.wake([test.job.id]);

    expect(test.reads).toEqual([]);
  });

  it("comes for all when the feed closes, and for those who come later", async () => {
    const { watch, feed } = await openFeed();
    const [one, other] = [await watch(), await watch()];
    await nextOf(one);
    await nextOf(other);
    const waiting = [one.next(), other.next()];

    feed.close();

    expect(await Promise.all(waiting)).toEqual(Array(2).fill({ value: undefined, done: true }));
    expect(await restOf(await watch())).toEqual([]);
  });

  it("survives a store in trouble: the watch goes on when the store does", async () => {
    const { watch, progress, finish, afterRead } = await openFeed();
    const watching = await watch();
    await nextOf(watching);
    afterRead("FROM job_event", async () => {
      throw new Error("disk I/O error");
    });
    await progress(0.5, "kept");
    await finish();

    expect((await restOf(watching)).map(({ status }) => status)).toEqual(["IN_PROGRESS", "COMPLETED"]);
  });
});
