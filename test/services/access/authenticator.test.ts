import { expect, it } from "vitest";
import { createApiKey } from "../../../src/services/access/api-keys.js";
import { type AuthSettings, createAuthenticator } from "../../../src/services/access/authenticator.js";
import { WatchTokens } from "../../../src/services/access/watch-tokens.js";
import { SigningKeys } from "../../../src/services/signing-keys.js";
import { guardedLogger } from "../../support/log-guard.js";
import { CALLER, insertJob } from "../../support/make-job.js";
import { openStore } from "../../support/open-store.js";

const NOW = 1_700_000_000_000;
const STUDIO = createApiKey("studio");
const KEYS: AuthSettings = {
  mode: "keys",
  keys: [{ name: "studio", sha256Hex: STUDIO.entry.slice("studio:".length) }],
};
/** Its keys are never asked for here. */
const JWT: AuthSettings = { mode: "jwt", issuer: "i", audience: "a", jwksUrl: "http://127.0.0.1:9/keys" };

async function openAccess(settings: AuthSettings) {
  const { store, database } = await openStore();
  const watchTokens = new WatchTokens(store, new SigningKeys(database, () => NOW), () => NOW);
  const job = await insertJob(store);
  const { token } = await watchTokens.create(CALLER, job.id, 900);
  return {
    job,
    token,
    authenticate: createAuthenticator(settings, { watchTokens, logger: guardedLogger, clock: () => NOW }),
  };
}

it.each([null, "", "Bearer", "Basic dXNlcjpwYXNz", "Bearer something"])(
  "asks nothing of anyone with AUTH=none: %s",
  async (given) => {
    const { authenticate } = await openAccess({ mode: "none" });

    expect(await authenticate(given)).toEqual({ id: "anonymous" });
  },
);

it.each([`Bearer ${STUDIO.secret}`, `bearer  ${STUDIO.secret} `])("knows the holder of a key: %s", async (given) => {
  const { authenticate } = await openAccess(KEYS);

  expect(await authenticate(given)).toEqual({ id: "key:studio" });
});

it.each([
  null,
  "",
  STUDIO.secret,
  `Basic ${STUDIO.secret}`,
  `Bearer ${STUDIO.secret}x`,
  `Bearer ${STUDIO.secret} ${STUDIO.secret}`,
  `Bearer ${STUDIO.entry}`,
  `Bearer ${"x".repeat(100_000)}`,
])("lets nobody in without one: %s", async (given) => {
  for (const settings of [KEYS, JWT]) {
    const { authenticate } = await openAccess(settings);

    await expect(authenticate(given)).rejects.toMatchObject({ code: "UNAUTHENTICATED", expired: false });
  }
});

it.each<[string, AuthSettings]>([
  ["none", { mode: "none" }],
  ["keys", KEYS],
  ["jwt", JWT],
])("takes a watch token with AUTH=%s, and refuses a bad one", async (_name, settings) => {
  const { authenticate, job, token } = await openAccess(settings);

  expect(await authenticate(`Bearer ${token}`)).toMatchObject({ id: `watch:${job.id}`, onlyJobId: job.id });
  await expect(authenticate(`Bearer ${token}x`)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
});
