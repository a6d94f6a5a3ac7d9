/** Errors whose text is meant for the caller. Anything else that is thrown is a bug: it is masked and logged. */
export abstract class PublicError extends Error {
  /** Stable code, shown as extensions.code. */
  abstract readonly code: string;
  /** What a program may want to know besides the code, shown next to it. */
  readonly extensions: Readonly<Record<string, string | number>> = {};
}

/** No such job, or another caller's: the two are never told apart. */
export class NotFoundError extends PublicError {
  override readonly name = "NotFoundError";
  readonly code = "NOT_FOUND";
}

/** A cursor or page argument that this server never gave out, or that does not fit the operation. */
export class BadUserInputError extends PublicError {
  override readonly name = "BadUserInputError";
  readonly code = "BAD_USER_INPUT";
}

/** Something this server depends on does not answer now; trying again later helps. */
export class UnavailableError extends PublicError {
  override readonly name = "UnavailableError";
  readonly code = "SERVICE_UNAVAILABLE";
}

/** The request names nobody: its credential is missing, wrong or no longer good. */
export class UnauthenticatedError extends PublicError {
  override readonly name = "UnauthenticatedError";
  readonly code = "UNAUTHENTICATED";

  constructor(
    message: string,
    /** It was good once: a new one of the same kind helps. */
    readonly expired = false,
  ) {
    super(message);
  }
}

/** The credential is good, but not for this. */
export class ForbiddenError extends PublicError {
  override readonly name = "ForbiddenError";
  readonly code = "FORBIDDEN";
}

/** Too much at once; the same request will do later. */
export class RateLimitedError extends PublicError {
  override readonly name = "RateLimitedError";
  readonly code = "RATE_LIMITED";
  override readonly extensions: Readonly<Record<string, string | number>>;

  constructor(
    message: string,
    readonly limit: number,
    readonly retryAfterSeconds: number,
  ) {
    super(message);
    this.extensions = { retryAfter: retryAfterSeconds };
  }
}

/** The server has more to do than it can; what it has begun goes on. */
export class OverloadedError extends PublicError {
  override readonly name = "OverloadedError";
  readonly code = "RATE_LIMITED";
  override readonly extensions: Readonly<Record<string, string | number>>;

  constructor(readonly retryAfterSeconds: number) {
    super(`The server has more to do than it can at present. Try again in ${retryAfterSeconds} s.`);
    this.extensions = { retryAfter: retryAfterSeconds };
  }
}
