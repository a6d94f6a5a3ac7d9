/** Errors whose text is meant for the caller. Anything else that is thrown is a bug: it is masked and logged. */
export abstract class PublicError extends Error {
  /** Stable code, shown as extensions.code. */
  abstract readonly code: string;
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
