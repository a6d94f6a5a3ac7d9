import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { GuardedWatch } from "../../../src/services/access/guarded-watch.js";
import type { Caller, JobUpdate } from "../../../src/services/job.js";
import { makeJob, SOME_ERROR } from "../../support/make-job.js";

const JOB = makeJob({
  input: { ...makeJob().input, audioUrl: "https://me@files.example/clip.wav?signature=s3cret" },
  error: { ...SOME_ERROR, message: 'Can\'t read "https://files.example/clip.wav?signature=s3cret".' },
});

const UPDATE: JobUpdate = {
  cursor: "c1",
  snapshot: true,
  status: "IN_QUEUE",
  queuePosition: null,
  progress: null,
  logs: [
    {
      sequence: 1,
      message: "get http://user:s3cret@10.0.0.1:80/a?s3cret, ok",
      level: "INFO",
      source: null,
      timestamp: 1,
    },
  ],
  job: JOB,
};

/** A watch that gives one update and then waits for ever. */
function openWatch(caller: Caller) {
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  async function* generate(): AsyncGenerator<JobUpdate, void> {
    yield UPDATE;
    await finished;
  }
  const updates = generate();
  const source: AsyncIterableIterator<JobUpdate> = {
    next: () => updates.next(),
    return: () => {
      finish();
      return updates.return();
    },
    [Symbol.asyncIterator]: () => source,
  };
  const ends = { count: 0 };
  const onEnd = () => {
    ends.count += 1;
  };
  return { watch: new GuardedWatch(source, caller, Date.now(), onEnd), ends, finish };
}

it("shows the owner everything", async () => {
  const { watch } = openWatch({ id: JOB.callerId });

  expect(await watch.next()).toEqual({ done: false, value: UPDATE });
});

it("shows the holder of a watch token no more of any address than where it leads", async () => {
  const { watch } = openWatch({ id: "watch", onlyJobId: JOB.id });

  const { value } = await watch.next();

  expect(JSON.stringify(value, (_name, part) => (typeof part === "bigint" ? String(part) : part))).not.toMatch(
    /s3cret/,
  );
  expect(value).toMatchObject({
    logs: [{ message: "get http://10.0.0.1:80/… ok" }],
    job: {
      input: { audioUrl: "https://files.example/…" },
      error: { message: 'Can\'t read "https://files.example/…".' },
    },
  });
});

it("gives all holders of watch tokens the same object, which is none of the owner's", async () => {
  const values = [];
  for (const caller of [{ id: "watch", onlyJobId: JOB.id }, { id: "watch", onlyJobId: JOB.id }, { id: JOB.callerId }]) {
    values.push((await openWatch(caller).watch.next()).value);
  }

  const [holder, otherHolder, owner] = values;
  expect(holder).toBe(otherHolder);
  expect(owner).toBe(UPDATE);
});

it("gives an update that others share to nobody whose credential has expired meanwhile", async () => {
  const expired = openWatch({ id: "watch", onlyJobId: JOB.id, expiresAt: Date.now() - 10_000 });
  const good = openWatch({ id: "watch", onlyJobId: JOB.id, expiresAt: Date.now() + 10_000 });
  // Timers of one length fire in order, and one that is due already is as long as the shortest.
  await setTimeout(1);

  expect(await good.watch.next()).toMatchObject({ done: false });
  await expect(expired.watch.next()).rejects.toMatchObject({ code: "UNAUTHENTICATED", expired: true });
  await good.watch.return?.();
});

it("ends while an update is awaited when the credential expires, and says so", async () => {
  const { watch, ends } = openWatch({ id: JOB.callerId, expiresAt: Date.now() - 400 });
  await watch.next();

  await expect(watch.next()).rejects.toMatchObject({ code: "UNAUTHENTICATED", expired: true });
  expect(ends.count).toBe(1);
});

it("tells its end once, whoever ends it", async () => {
  const byCaller = openWatch({ id: JOB.callerId });
  await byCaller.watch.next();
  const pending = byCaller.watch.next();
  await byCaller.watch.return?.();
  await pending;
  const neverRead = openWatch({ id: JOB.callerId });
  await neverRead.watch.return?.();
  const byItself = openWatch({ id: JOB.callerId });
  await byItself.watch.next();
  byItself.finish();
  await byItself.watch.next();

  expect([byCaller.ends.count, neverRead.ends.count, byItself.ends.count]).toEqual([1, 1, 1]);
});
