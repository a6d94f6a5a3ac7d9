import { describe, expect, it } from "vitest";
import type { Job } from "../../../src/services/job.js";
import { insertJob } from "../../support/make-job.js";
import { type ClaimsTest, HOUR_MS, insertSent, LIFETIME_MS, openClaims } from "./claims-testkit.js";

async function insertOf(test: ClaimsTest, callerId: string, count: number, overrides: Partial<Job> = {}) {
  for (let index = 0; index < count; index++) {
    await insertJob(test.store, { callerId, createdAt: 10 + index, ...overrides });
  }
}

async function turns(test: ClaimsTest, count: number): Promise<(string | undefined)[]> {
  const callers: (string | undefined)[] = [];
  for (let turn = 0; turn < count; turn++) callers.push((await test.takeTurn())?.callerId);
  return callers;
}

describe("whose turn it is", () => {
  it("is another caller's after one turn of a caller with fifty jobs", async () => {
    const test = await openClaims();
    await insertOf(test, "busy", 50);
    expect(await turns(test, 3)).toEqual(["busy", "busy", "busy"]);

    await insertOf(test, "single", 1, { createdAt: 1_000 });

    expect(await turns(test, 3)).toEqual(["single", "busy", "busy"]);
  });

  it("goes round among the callers, whoever has more waiting", async () => {
    const test = await openClaims();
    await insertOf(test, "a", 3, { createdAt: 1 });
    await insertOf(test, "b", 2, { createdAt: 2 });
    await insertOf(test, "c", 3, { createdAt: 3 });

    expect(await turns(test, 9)).toEqual(["a", "b", "c", "a", "b", "c", "a", "c", undefined]);
  });

  it("goes round also after the clock was set back", async () => {
    const test = await openClaims();
    await insertOf(test, "a", 3);
    expect(await turns(test, 1)).toEqual(["a"]);
    await insertOf(test, "b", 3, { createdAt: 1_000 });

    test.setClock(HOUR_MS);

    expect(await turns(test, 5)).toEqual(["a", "b", "a", "b", "b"]);
  });

  it("is that of LOW jobs only when no NORMAL one waits, of whomever", async () => {
    const test = await openClaims();
    await insertOf(test, "patient", 1, { priority: "LOW", createdAt: 1 });
    await insertOf(test, "busy", 3);

    expect(await turns(test, 4)).toEqual(["busy", "busy", "busy", "patient"]);
  });

  it("is that of a caller's oldest job", async () => {
    const test = await openClaims();
    const ages = [30, 10, 20];
    for (const createdAt of ages) await insertJob(test.store, { createdAt });

    const sent = [await test.takeTurn(), await test.takeTurn(), await test.takeTurn()];

    expect(sent.map((job) => job?.createdAt)).toEqual([10, 20, 30]);
  });
});

it("counts every request that is or may be upstream, whoever sent it", async () => {
  const { claims, store } = await openClaims();
  await insertJob(store);
  for (const submission of ["SENDING", "UNCONFIRMED", "SUBMITTED"] as const) {
    await insertSent(store, submission, { submission });
  }
  await insertSent(store, "me", { status: "FAILED", finishedAt: 5 });

  expect(await claims.readUpstreamLoad()).toMatchObject({ jobs: 3, sending: 1 });
});

describe("an orphan", () => {
  it("is what was sent by nobody, or by an instance that has never lived", async () => {
    const { store, orphans } = await openClaims();
    await insertJob(store);
    await insertSent(store, "gone", { status: "COMPLETED", finishedAt: 5 });
    const ownerless = await insertSent(store, null);
    const lost = await insertSent(store, "gone", { submission: "SENDING" });

    expect((await orphans()).sort()).toEqual([ownerless.id, lost.id].sort());
  });

  it.each([
    ["is alive", 0, false],
    ["gave no sign of life for too long", -LIFETIME_MS, true],
    ["gave one in the future, because the clock was set back", HOUR_MS, true],
  ])("is judged by whether its owner %s", async (_name, shift, orphaned) => {
    const { claims, store, shiftLife, orphans } = await openClaims();
    await claims.heartbeat("owner", LIFETIME_MS);
    const job = await insertSent(store, "owner");

    await shiftLife("owner", shift);

    expect(await orphans()).toEqual(orphaned ? [job.id] : []);
  });

  it("is none any more once its owner gives a sign of life", async () => {
    const { claims, store, shiftLife, orphans } = await openClaims();
    await claims.heartbeat("owner", LIFETIME_MS);
    await insertSent(store, "owner");
    await shiftLife("owner", -HOUR_MS);

    await claims.heartbeat("owner", LIFETIME_MS);

    expect(await orphans()).toEqual([]);
  });

  it("is every job of an instance that leaves, and none of the others'", async () => {
    const { claims, store, orphans } = await openClaims();
    for (const owner of ["leaving", "staying"]) await claims.heartbeat(owner, LIFETIME_MS);
    const left = await insertSent(store, "leaving");
    await insertSent(store, "staying");

    await claims.leave("leaving");

    expect(await orphans()).toEqual([left.id]);
  });
});

it("forgets the dead, and the living only where no other process can use the database", async () => {
  const { claims, database, shiftLife } = await openClaims();
  for (const instance of ["me", "alive", "dead"]) await claims.heartbeat(instance, LIFETIME_MS);
  await shiftLife("dead", -HOUR_MS);

  await claims.forgetOthers("me");

  const known = await database.query<{ id: string }>("SELECT id FROM instance ORDER BY id");
  expect(known.map(({ id }) => id)).toEqual(database.shared ? ["alive", "me"] : ["me"]);
});

it("finds an instance its own submitted and unconfirmed jobs, and those that waited too long", async () => {
  const { claims, store } = await openClaims();
  const submitted = await insertSent(store, "me");
  const unconfirmed = await insertSent(store, "me", { submission: "UNCONFIRMED", requestId: null });
  await insertSent(store, "other");
  await insertSent(store, "me", { status: "FAILED", finishedAt: 5 });
  const late = await insertJob(store, { startDeadlineAt: 99 });
  await insertJob(store, { startDeadlineAt: 100 });

  expect((await claims.findSubmitted("me")).map(({ id }) => id)).toEqual([submitted.id]);
  expect((await claims.findUnconfirmed("me")).map(({ id }) => id)).toEqual([unconfirmed.id]);
  expect((await claims.findOverdue(100)).map(({ id }) => id)).toEqual([late.id]);
});

it("knows a request that any job holds, finished or not", async () => {
  const { claims, store } = await openClaims();
  await insertSent(store, "me", { requestId: "held", status: "FAILED", finishedAt: 5 });

  expect(await claims.isRequestBound("held")).toBe(true);
  expect(await claims.isRequestBound("free")).toBe(false);
});
