import { UnauthenticatedError } from "../../errors.js";
import type { Caller, JobUpdate } from "../job.js";
import { updateSeenBy } from "./sight.js";

/**
 * The connection, which is cut with its credential, comes first: its client then comes back with a new one, rather than
 * take the error for the end.
 */
const GRACE_MS = 500;

/**
 * A watch as its caller may have it: with what the caller may see of each update, and no longer than the credential is
 * good; then it ends with UnauthenticatedError.
 */
export class GuardedWatch implements AsyncIterableIterator<JobUpdate> {
  #hasEnded = false;
  #hasExpired = false;
  readonly #expiry: NodeJS.Timeout | undefined;

  /** @param onEnd called once, however it ends. */
  constructor(
    private readonly updates: AsyncIterableIterator<JobUpdate>,
    private readonly caller: Caller,
    now: number,
    private readonly onEnd: () => void,
  ) {
    if (caller.expiresAt !== undefined) {
      this.#expiry = setTimeout(() => this.#expire(), caller.expiresAt - now + GRACE_MS);
    }
  }

  async next(): Promise<IteratorResult<JobUpdate, undefined>> {
    try {
      const { done, value } = await this.updates.next();
      if (this.#hasExpired)
        throw new UnauthenticatedError("The credential has expired. Come back with a new one.", true);
      if (!done) return { done, value: updateSeenBy(this.caller, value) };
      this.#end();
      return { done, value: undefined };
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#end();
    await this.updates.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #expire(): void {
    this.#hasExpired = true;
    // Ends what `next` awaits.
    this.updates.return?.().catch(() => {});
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#expiry);
    this.onEnd();
  }
}
