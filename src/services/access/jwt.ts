import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import type { Logger } from "pino";
import { UnauthenticatedError, UnavailableError } from "../../errors.js";
import type { Caller } from "../job.js";
import { reasonOf } from "../reason-of.js";

export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
}

/** Signatures by a private key alone: with these, no published key can be taken for a shared secret. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
/** By how much the issuer's clock may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;
const JWKS_TIMEOUT_MS = 5_000;
const MAX_SUBJECT_CHARACTERS = 255;

/** What a bad token is refused with; anything else that goes wrong is the key set's trouble, not the token's. */
const TOKEN_FAULTS: ReadonlySet<string> = new Set([
  errors.JWTInvalid.code,
  errors.JWTClaimValidationFailed.code,
  errors.JWSInvalid.code,
  errors.JWSSignatureVerificationFailed.code,
  errors.JOSEAlgNotAllowed.code,
  errors.JOSENotSupported.code,
  errors.JWKSNoMatchingKey.code,
  errors.JWKSMultipleMatchingKeys.code,
]);

export type JwtVerifier = (token: string) => Promise<Caller>;

/**
 * Checks tokens of one issuer against the keys it publishes (RFC 7519, RFC 7517). Issuer, audience, subject and expiry
 * are required. The caller is issuer and subject together: only so is a subject unique.
 *
 * A verifier throws UnauthenticatedError for a bad token, UnavailableError when the issuer's keys can't be had.
 */
export function createJwtVerifier(settings: JwtSettings, logger: Logger, clock: () => number): JwtVerifier {
  const { issuer, audience, jwksUrl } = settings;
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: JWKS_TIMEOUT_MS });

  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ["sub", "exp"],
        currentDate: new Date(clock()),
      });
      const { sub = "", exp = 0 } = payload;
      if (!/^[^\p{Cc}\p{Cs}]+$/u.test(sub) || sub.length > MAX_SUBJECT_CHARACTERS) {
        throw new UnauthenticatedError(
          `The token's subject must be 1 to ${MAX_SUBJECT_CHARACTERS} printable characters.`,
        );
      }
      return { id: `jwt:${issuer}#${sub}`, expiresAt: (exp + CLOCK_TOLERANCE_SECONDS) * 1_000 };
    } catch (error) {
      throw translate(error, logger);
    }
  };
}

function translate(error: unknown, logger: Logger): unknown {
  if (error instanceof UnauthenticatedError) return error;
  if (error instanceof errors.JWTExpired) {
    return new UnauthenticatedError("The token has expired. Get a new one from its issuer.", true);
  }
  if (error instanceof errors.JOSEError && TOKEN_FAULTS.has(error.code)) {
    return new UnauthenticatedError(
      "The token is not accepted: it must be signed by the configured issuer for this server. Get one from that issuer.",
    );
  }
  logger.warn({ reason: reasonOf(error) }, "the key set at JWKS_URL can't be had");
  return new UnavailableError(
    "Tokens can't be checked at present: their issuer's keys can't be had. Try again later.",
    {
      cause: error,
    },
  );
}
