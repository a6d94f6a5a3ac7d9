import type { Logger } from "pino";
import { UnauthenticatedError } from "../../errors.js";
import { ANONYMOUS_ID, type Caller } from "../job.js";
import { type ApiKey, findKeyOwner } from "./api-keys.js";
import { createJwtVerifier, type JwtSettings } from "./jwt.js";
import { WatchTokens } from "./watch-tokens.js";

/** How callers prove who they are. */
export type AuthSettings =
  | { readonly mode: "none" }
  | { readonly mode: "keys"; readonly keys: readonly ApiKey[] }
  | ({ readonly mode: "jwt" } & JwtSettings);

/** Without credentials to check, everyone is the same caller. */
const ANONYMOUS: Caller = Object.freeze({ id: ANONYMOUS_ID });

/** Longer than any sensible credential; a socket's first message could hold megabytes. */
const MAX_CHARACTERS = 8_192;
/** Even a credential that is good for longer has to be shown again by then; also as long as a timer can run. */
const MAX_SESSION_MS = 20 * 24 * 60 * 60 * 1_000;

/** Who asks, by the value of an Authorization header. See Services.authenticate. */
export type Authenticator = (authorization: string | null) => Promise<Caller>;

export function createAuthenticator(
  settings: AuthSettings,
  { watchTokens, logger, clock }: { watchTokens: WatchTokens; logger: Logger; clock: () => number },
): Authenticator {
  const identify = identifierFor(settings, logger, clock);

  return async (authorization) => {
    const token = bearerToken(authorization);
    const caller =
      token !== null && WatchTokens.looksLike(token) ? await watchTokens.verify(token) : await identify(token);
    const { expiresAt } = caller;
    return expiresAt === undefined ? caller : { ...caller, expiresAt: Math.min(expiresAt, clock() + MAX_SESSION_MS) };
  };
}

function identifierFor(
  settings: AuthSettings,
  logger: Logger,
  clock: () => number,
): (token: string | null) => Promise<Caller> {
  // Whatever a proxy in front or a careless client sends along.
  if (settings.mode === "none") return async () => ANONYMOUS;
  if (settings.mode === "jwt") {
    const verify = createJwtVerifier(settings, logger, clock);
    return (token) => verify(required(token, "a token of this server's issuer"));
  }
  return async (token) => {
    const owner = findKeyOwner(settings.keys, required(token, "an API key"));
    if (owner === null) throw new UnauthenticatedError("This API key is not known here. Ask the operator for a key.");
    return { id: `key:${owner}` };
  };
}

function required(token: string | null, what: string): string {
  if (token !== null) return token;
  throw new UnauthenticatedError(
    `This server wants ${what}: send the header \`Authorization: Bearer …\`, over WebSocket connectionParams { authorization: "Bearer …" }.`,
  );
}

function bearerToken(authorization: string | null): string | null {
  if (authorization === null || authorization.length > MAX_CHARACTERS) return null;
  return /^bearer +([^\s]+) *$/i.exec(authorization)?.[1] ?? null;
}
