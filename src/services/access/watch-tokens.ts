import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from "jose";
import { UnauthenticatedError } from "../../errors.js";
import type { Caller } from "../job.js";
import type { WatchTokenOutcome } from "../services.js";
import type { SigningKeys } from "../signing-keys.js";
import type { JobStore } from "../store/job-store.js";
import { findFor } from "./sight.js";

/** Tells a watch token from any other credential, also for tools that look for leaked secrets. */
const PREFIX = "punchin_watch_";
const ALGORITHM = "HS256";
const AUDIENCE = "punchin:watch";
const PURPOSE = "watch-token";

/** As long as a job may wait, so that its whole life can be watched with one. */
const TTL_SECONDS = { from: 1, to: 86_400 };

/** Credentials to look at one job, signed by this installation: nothing is stored of them. */
export class WatchTokens {
  constructor(
    private readonly store: JobStore,
    private readonly keys: SigningKeys,
    private readonly clock: () => number,
  ) {}

  static looksLike(credential: string): boolean {
    return credential.startsWith(PREFIX);
  }

  async create(owner: Caller, jobId: string, ttlSeconds: number): Promise<WatchTokenOutcome> {
    const { from, to } = TTL_SECONDS;
    if (ttlSeconds < from || ttlSeconds > to) {
      const message = `Expected ttlSeconds to be ${from} to ${to}, got ${ttlSeconds}. Choose a value in that range.`;
      return refuse("OUT_OF_RANGE", "ttlSeconds", message);
    }
    const job = await findFor(this.store, owner, jobId);
    if (!job) {
      const message = `There is no job with the id ${JSON.stringify(jobId.slice(0, 80))}. Use the id that inpaintAudio returned.`;
      return refuse("NOT_FOUND", "jobId", message);
    }
    const { id, secret } = await this.keys.current(PURPOSE);
    const issuedAtSeconds = Math.floor(this.clock() / 1_000);
    const expiresAtSeconds = issuedAtSeconds + ttlSeconds;
    const token = await new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, kid: id })
      .setAudience(AUDIENCE)
      .setSubject(job.id)
      .setIssuedAt(issuedAtSeconds)
      .setExpirationTime(expiresAtSeconds)
      .sign(secret);
    return { token: PREFIX + token, expiresAt: expiresAtSeconds * 1_000, faults: [] };
  }

  /** Who a token lets in. Throws UnauthenticatedError for one that is not of this installation, or no longer good. */
  async verify(credential: string): Promise<Caller> {
    try {
      const token = credential.slice(PREFIX.length);
      const { kid } = decodeProtectedHeader(token);
      // A stranger's header may hold anything there.
      const key = typeof kid === "string" ? await this.keys.find(PURPOSE, kid) : null;
      if (!key) throw new UnauthenticatedError(REFUSED);
      const { payload } = await jwtVerify(token, key.secret, {
        algorithms: [ALGORITHM],
        audience: AUDIENCE,
        requiredClaims: ["sub", "exp"],
        currentDate: new Date(this.clock()),
      });
      const { sub = "", exp = 0 } = payload;
      return { id: `watch:${sub}`, onlyJobId: sub, expiresAt: exp * 1_000 };
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        throw new UnauthenticatedError("The watch token has expired. Ask the job's owner for a new one.", true);
      }
      // jose reports a malformed header as a TypeError.
      if (error instanceof errors.JOSEError || error instanceof TypeError) throw new UnauthenticatedError(REFUSED);
      throw error;
    }
  }
}

const REFUSED = "This is no watch token of this server, or it was revoked. Ask the job's owner for one.";

function refuse(code: "OUT_OF_RANGE" | "NOT_FOUND", field: string, message: string): WatchTokenOutcome {
  return { token: null, expiresAt: null, faults: [{ code, field: [field], message }] };
}
