import fc from "fast-check";
import { SignJWT } from "jose";
import { expect, it } from "vitest";
import { UnauthenticatedError } from "../../../src/errors.js";
import { WatchTokens } from "../../../src/services/access/watch-tokens.js";
import { SigningKeys } from "../../../src/services/signing-keys.js";
import { CALLER, insertJob } from "../../support/make-job.js";
import { openStore } from "../../support/open-store.js";

const START = 1_700_000_000_000;

async function openTokens() {
  const { store, database } = await openStore();
  const clock = { now: START };
  const keys = new SigningKeys(database, () => clock.now);
  const tokens = new WatchTokens(store, keys, () => clock.now);
  const job = await insertJob(store);
  const create = async (ttlSeconds = 900) => {
    const { token } = await tokens.create(CALLER, job.id, ttlSeconds);
    if (token === null) throw new Error("There is no token.");
    return token;
  };
  return { tokens, keys, clock, job, create };
}

it("lets its holder in to that job until it expires, and not a second longer", async () => {
  const { tokens, clock, job, create } = await openTokens();
  const { token, expiresAt } = await tokens.create(CALLER, job.id, 900);

  expect(expiresAt).toBe(START + 900_000);
  expect(await tokens.verify(token ?? "")).toEqual({ id: `watch:${job.id}`, onlyJobId: job.id, expiresAt });
  expect(WatchTokens.looksLike(await create())).toBe(true);
  clock.now = START + 899_000;
  await tokens.verify(token ?? "");
  clock.now = START + 900_000;
  await expect(tokens.verify(token ?? "")).rejects.toMatchObject({ code: "UNAUTHENTICATED", expired: true });
});

it.each([0, -1, 86_401, 2 ** 31 - 1, -(2 ** 31)])("refuses %i seconds, and says what it takes", async (ttlSeconds) => {
  const { tokens, job } = await openTokens();

  expect(await tokens.create(CALLER, job.id, ttlSeconds)).toEqual({
    token: null,
    expiresAt: null,
    faults: [{ code: "OUT_OF_RANGE", field: ["ttlSeconds"], message: expect.stringMatching(/1 to 86400, got/) }],
  });
});

it.each([1, 86_400])("takes %i seconds", async (ttlSeconds) => {
  const { tokens, create } = await openTokens();

  expect((await tokens.verify(await create(ttlSeconds))).expiresAt).toBe(START + ttlSeconds * 1_000);
});

it("makes none for another caller's job, as for one that is not there", async () => {
  const { tokens, job } = await openTokens();
  const stranger = { id: "somebody else" };

  const [theirs, nobodys] = [
    await tokens.create(stranger, job.id, 900),
    await tokens.create(stranger, job.id.replace(/.$/, "x"), 900),
  ];

  expect(theirs).toMatchObject({ token: null, faults: [{ code: "NOT_FOUND", field: ["jobId"] }] });
  expect(nobodys).toMatchObject({ token: null, faults: [{ code: "NOT_FOUND", field: ["jobId"] }] });
});

it("is worth nothing once the key is replaced", async () => {
  const { tokens, keys, create } = await openTokens();
  const token = await create();

  await keys.replace("watch-token");

  await expect(tokens.verify(token)).rejects.toMatchObject({ code: "UNAUTHENTICATED", expired: false });
  await tokens.verify(await create());
});

it("can't be made with the key for another audience, or without a job or an end", async () => {
  const { tokens, keys, job } = await openTokens();
  const { id, secret } = await keys.current("watch-token");
  const sign = (claims: Record<string, unknown>) =>
    new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: id }).sign(secret);
  const good = { aud: "punchin:watch", sub: job.id, exp: START / 1_000 + 9 };
  await tokens.verify(`punchin_watch_${await sign(good)}`);

  for (const claims of [
    { ...good, aud: "other" },
    { aud: good.aud, sub: job.id },
    { aud: good.aud, exp: good.exp },
  ]) {
    await expect(tokens.verify(`punchin_watch_${await sign(claims)}`)).rejects.toBeInstanceOf(UnauthenticatedError);
  }
});

it("survives no change of a single character, and no made-up text is one", async () => {
  const { tokens, create } = await openTokens();
  const token = await create();
  const body = token.slice("punchin_watch_".length);
  const refused = async (text: string) => {
    await expect(tokens.verify(text), text).rejects.toBeInstanceOf(UnauthenticatedError);
  };
  const changed = fc
    .tuple(fc.nat(body.length - 1), fc.constantFrom(..."AZaz09-_.=~ \0"))
    .map(([at, character]) => body.slice(0, at) + character + body.slice(at + 1))
    .filter((text) => !sameToken(text, body));
  const header = fc
    .record({ alg: fc.oneof(fc.constant("HS256"), fc.constant("none"), fc.jsonValue()), kid: fc.jsonValue() })
    .map((value) => [value, {}, ""].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join("."));

  await fc.assert(
    fc.asyncProperty(fc.oneof(changed, header, fc.string(), fc.string({ unit: "binary" })), (text) =>
      refused(`punchin_watch_${text}`),
    ),
    {
      numRuns: 1_000,
    },
  );
});

/** The last character of a base64url text holds bits that mean nothing. */
function sameToken(one: string, other: string): boolean {
  const decode = (text: string) => text.split(".").map((part) => Buffer.from(part, "base64url").toString("hex"));
  return String(decode(one)) === String(decode(other));
}
