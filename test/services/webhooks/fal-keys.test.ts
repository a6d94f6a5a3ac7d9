import { sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { FalKeys } from "../../../src/services/webhooks/fal-keys.js";
import { FalSigner, JWKS } from "../../support/fal-signer.js";
import { guardedLogger } from "../../support/log-guard.js";
import { html, json } from "../../support/scripted-upstream.js";
import { startQueue } from "../fal/fal-testkit.js";

const DAY_MS = 24 * 60 * 60 * 1_000;
const MESSAGE = Buffer.from("what was signed");

async function openKeys() {
  const { upstream, queue } = await startQueue();
  const signer = new FalSigner();
  signer.publishAt(upstream);
  const time = { now: 1_000_000 };
  const keys = new FalKeys({ read: () => queue.webhookKeys(), logger: guardedLogger, clock: () => time.now });
  const verify = (key = signer.keys[0]) => keys.verify(MESSAGE, sign(null, MESSAGE, key ?? signer.foreignKey));
  return { upstream, signer, time, verify, reads: () => upstream.seen(JWKS).length };
}

describe("upstream's webhook keys", () => {
  it("are all tried, and read once for many webhooks", async () => {
    const { signer, verify, reads } = await openKeys();

    expect(await Promise.all([verify(signer.keys[0]), verify(signer.keys[1]), verify(signer.keys[0])])).toEqual([
      true,
      true,
      true,
    ]);
    expect(reads()).toBe(1);
  });

  it("are read again after a day", async () => {
    const { time, verify, reads } = await openKeys();
    await verify();

    time.now += DAY_MS - 1;
    await verify();
    expect(reads()).toBe(1);
    time.now += 1;
    await verify();

    expect(reads()).toBe(2);
  });

  it("are read once more when none fits, so that a new key is known at once", async () => {
    const { signer, verify, reads } = await openKeys();
    await verify();
    const old = signer.keys[0];

    signer.rotate();

    expect(await verify()).toBe(true);
    expect(await verify(old)).toBe(true);
    expect(reads()).toBe(2);
  });

  it("are not asked for over and over by signatures that fit none", async () => {
    const { signer, time, verify, reads } = await openKeys();

    const verdicts = await Promise.all(Array.from({ length: 50 }, () => verify(signer.foreignKey)));
    for (let count = 0; count < 20; count++) verdicts.push(await verify(signer.foreignKey));

    expect(verdicts).not.toContain(true);
    expect(reads()).toBe(2);
    time.now += 10_000;
    await verify(signer.foreignKey);
    expect(reads()).toBe(3);
  });

  it.each([
    ["an error", json(500, {})],
    ["a page", html(200)],
    ["no set", json(200, [])],
    ["a set of nonsense", json(200, { keys: [null, { kty: "OKP", crv: "Ed25519", x: "AA" }, { kty: "OKP" }] })],
  ])("fit nothing while upstream answers %s, and do when it has recovered", async (_name, trouble) => {
    const { upstream, signer, time, verify } = await openKeys();
    upstream.on(JWKS, trouble);

    expect(await verify()).toBe(false);
    signer.publishAt(upstream);
    time.now += 10_000;

    expect(await verify()).toBe(true);
  });

  it("stay good for their day when upstream does not answer, and no longer", async () => {
    const { upstream, signer, time, verify } = await openKeys();
    await verify();
    upstream.on(JWKS, json(503, {}));

    time.now += DAY_MS - 1;
    expect(await verify(signer.foreignKey)).toBe(false);
    expect(await verify()).toBe(true);
    time.now += 10_000;

    expect(await verify()).toBe(false);
  });
});
