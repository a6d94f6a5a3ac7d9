import { expect, it, onTestFinished } from "vitest";
import { Lease } from "../../src/services/lease.js";
import { guardedLogger } from "../support/log-guard.js";
import { insertSent, openClaims } from "./store/claims-testkit.js";

async function openLease() {
  const test = await openClaims();
  const lease = new Lease(test.claims, guardedLogger);
  onTestFinished(() => lease.close());
  const { id: jobId } = await insertSent(test.store, lease.instanceId);
  return { ...test, lease, jobId };
}

it("is held from its start to its close, and its jobs are nobody else's meanwhile", async () => {
  const { lease, jobId, orphans } = await openLease();
  expect(lease.isHeld()).toBe(false);
  expect(await orphans()).toEqual([jobId]);

  await lease.start();
  expect(lease.isHeld()).toBe(true);
  expect(await orphans()).toEqual([]);

  await lease.close();
  expect(lease.isHeld()).toBe(false);
  expect(await orphans()).toEqual([jobId]);
});

it("is renewed by itself", async () => {
  const { lease, claims, orphans } = await openLease();
  await lease.start();

  // As if another had taken this instance for dead and forgotten it.
  await claims.leave(lease.instanceId);

  await expect.poll(orphans, { timeout: 10_000 }).toEqual([]);
  expect(lease.isHeld()).toBe(true);
});

it("runs out by itself while the store does not answer", async () => {
  const { lease, close } = await openLease();
  await lease.start();

  await close();

  expect(lease.isHeld()).toBe(true);
  await expect.poll(() => lease.isHeld(), { timeout: 10_000 }).toBe(false);
});

it("is not held when it could never be written", async () => {
  const { lease, close } = await openLease();
  await close();

  await expect(lease.start()).rejects.toThrow();

  expect(lease.isHeld()).toBe(false);
});
