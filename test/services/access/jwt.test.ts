import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { expect, it } from "vitest";
import { UnauthenticatedError, UnavailableError } from "../../../src/errors.js";
import { createJwtVerifier } from "../../../src/services/access/jwt.js";
import { guardedLogger } from "../../support/log-guard.js";
import { json, startScriptedUpstream } from "../../support/scripted-upstream.js";

const NOW = 1_700_000_000_000;
const NOW_SECONDS = NOW / 1_000;
const JWKS = "GET /keys";
const CLAIMS = { iss: "https://issuer.example", aud: "punchin", sub: "user-1", exp: NOW_SECONDS + 60 };

async function openIssuer(alg = "ES256") {
  const upstream = await startScriptedUpstream();
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  upstream.on(JWKS, json(200, { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg }] }));
  const settings = { issuer: CLAIMS.iss, audience: CLAIMS.aud, jwksUrl: `${upstream.url}/keys` };
  const verify = createJwtVerifier(settings, guardedLogger, () => NOW);
  const sign = (
    claims: JWTPayload,
    header: Record<string, string> = {},
    key: Parameters<SignJWT["sign"]>[0] = privateKey,
  ) => new SignJWT(claims).setProtectedHeader({ alg, kid: "k1", ...header }).sign(key);
  return { upstream, verify, sign, publicKey };
}

it.each(["ES256", "RS256", "PS256", "EdDSA"])(
  "takes a token of the issuer's, signed with %s, for the subject",
  async (alg) => {
    const { verify, sign, upstream } = await openIssuer(alg);

    const caller = await verify(await sign(CLAIMS));
    await verify(await sign(CLAIMS));

    expect(caller).toEqual({ id: "jwt:https://issuer.example#user-1", expiresAt: NOW + 65_000 });
    expect(upstream.seen(JWKS)).toHaveLength(1);
  },
);

it("bears a clock that is a little off", async () => {
  const { verify, sign } = await openIssuer();

  await verify(await sign({ ...CLAIMS, exp: NOW_SECONDS - 4, nbf: NOW_SECONDS + 4 }));
});

it.each<[string, JWTPayload]>([
  ["another issuer's", { ...CLAIMS, iss: "https://other.example" }],
  ["for another audience", { ...CLAIMS, aud: "elsewhere" }],
  ["without an expiry", { iss: CLAIMS.iss, aud: CLAIMS.aud, sub: "user-1" }],
  ["without a subject", { iss: CLAIMS.iss, aud: CLAIMS.aud, exp: CLAIMS.exp }],
  ["with an empty subject", { ...CLAIMS, sub: "" }],
  ["with control characters in the subject", { ...CLAIMS, sub: "user\n1" }],
  ["with a subject without end", { ...CLAIMS, sub: "u".repeat(256) }],
  ["that is not good yet", { ...CLAIMS, nbf: NOW_SECONDS + 60 }],
])("refuses a token %s", async (_name, claims) => {
  const { verify, sign } = await openIssuer();

  await expect(verify(await sign(claims))).rejects.toMatchObject({ code: "UNAUTHENTICATED", expired: false });
});

it("says of an expired token that a new one helps", async () => {
  const { verify, sign } = await openIssuer();

  await expect(verify(await sign({ ...CLAIMS, exp: NOW_SECONDS - 6 }))).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
    expired: true,
  });
});

it("refuses what is signed by another key, by none, or with a public key for a secret", async () => {
  const { verify, sign, publicKey } = await openIssuer("RS256");
  const { privateKey } = await generateKeyPair("RS256");
  const publicText = new TextEncoder().encode(await exportSPKI(publicKey));
  const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify(CLAIMS)).toString("base64url")}.`;

  for (const token of [
    await sign(CLAIMS, {}, privateKey),
    await sign(CLAIMS, { kid: "unknown" }),
    await sign(CLAIMS, { alg: "HS256" }, publicText),
    unsigned,
    "",
    "a.b.c",
    "not a token",
  ]) {
    await expect(verify(token), token).rejects.toBeInstanceOf(UnauthenticatedError);
  }
});

it("says that it can't tell, rather than refuse, while the issuer's keys can't be had", async () => {
  const { verify, sign, upstream } = await openIssuer();
  const token = await sign(CLAIMS);
  upstream.on(JWKS, json(500, {}), json(200, { keys: "none" }), (response) => response.destroy());

  for (let attempt = 0; attempt < 3; attempt += 1) await expect(verify(token)).rejects.toBeInstanceOf(UnavailableError);
  expect(upstream.seen(JWKS)).toHaveLength(3);
});
