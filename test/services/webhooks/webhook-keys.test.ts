import { createPublicKey, verify } from "node:crypto";
import { expect, it } from "vitest";
import { SigningKeys } from "../../../src/services/signing-keys.js";
import { WebhookKeys } from "../../../src/services/webhooks/webhook-keys.js";
import { openStore } from "../../support/open-store.js";

const DAY_MS = 24 * 60 * 60 * 1_000;
const MESSAGE = Buffer.from("what is signed");

async function openKeys() {
  const { database } = await openStore();
  const time = { now: 1_000_000 };
  const signingKeys = new SigningKeys(database, () => time.now);
  const keys = new WebhookKeys(signingKeys, () => time.now);
  /** Ids of the published keys that the present signature fits. */
  const signers = async (published: Awaited<ReturnType<WebhookKeys["publish"]>>) => {
    const signature = await keys.sign(MESSAGE);
    return published.keys
      .filter((key) => verify(null, MESSAGE, createPublicKey({ key, format: "jwk" }), signature))
      .map(({ kid }) => kid);
  };
  return { keys, time, signers, signingKeys };
}

it("our own webhooks are signed by one of two published keys, the same after a restart", async () => {
  const { keys, signers, signingKeys } = await openKeys();

  const published = await keys.publish();

  expect(published.keys).toHaveLength(2);
  expect(await signers(published)).toHaveLength(1);
  expect(await new WebhookKeys(signingKeys, () => 1_000_000).publish()).toEqual(published);
});

it("a key signs only when it has been published for long", async () => {
  const { keys, time, signers } = await openKeys();
  const first = await keys.publish();
  time.now += 89 * DAY_MS;
  const [before] = await signers(first);

  time.now += DAY_MS;
  const [after] = await signers(first);
  const second = await keys.publish();

  expect(before).not.toBe(after);
  expect(second.keys.map(({ kid }) => kid)).toEqual([expect.any(String), after]);
  expect(second.keys).toHaveLength(2);
  time.now += 90 * DAY_MS;
  const [third] = await signers(second);
  expect(third).toBe(second.keys[0]?.kid);
});

it("instances that make the first keys at once know each other's", async () => {
  const { keys, signers, signingKeys } = await openKeys();
  const other = new WebhookKeys(signingKeys, () => 1_000_000);

  await Promise.all([keys.publish(), other.publish()]);

  expect(await keys.publish()).toEqual(await other.publish());
  expect(await signers(await other.publish())).toHaveLength(1);
});
