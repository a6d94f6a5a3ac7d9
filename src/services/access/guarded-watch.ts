import { UnauthenticatedError } from "../../errors.js";
import type { Caller, JobUpdate } from "../job.js";
import { logsSeenBy, seenBy } from "./sight.js";

/**
 * The connection, which is cut with its credential, comes first: its client then comes back with a new one, rather than
 * take the error for the end.
 */
const GRACE_MS = 500;

/**
 * A watch as its caller may have it: with what the caller may see of each update, and no longer than the credential is
 * good; then it ends with UnauthenticatedError.
 *
 * @param onEnd called once, however it ends.
 */
export function guardWatch(
  updates: AsyncIterableIterator<JobUpdate>,
  caller: Caller,
  { now, onEnd }: { now: number; onEnd: () => void },
): AsyncIterableIterator<JobUpdate> {
  let expired = false;
  const expire = () => {
    expired = true;
    // Ends what `next` awaits.
    updates.return?.().catch(() => {});
  };
  const expiry = caller.expiresAt === undefined ? undefined : setTimeout(expire, caller.expiresAt - now + GRACE_MS);
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    clearTimeout(expiry);
    onEnd();
  };

  const watch: AsyncIterableIterator<JobUpdate> = {
    async next() {
      try {
        const result = await updates.next();
        if (expired) throw new UnauthenticatedError("The credential has expired. Come back with a new one.", true);
        if (result.done) {
          end();
          return result;
        }
        const { logs, job, ...update } = result.value;
        return { done: false, value: { ...update, logs: logsSeenBy(caller, logs), job: seenBy(caller, job) } };
      } catch (error) {
        end();
        throw error;
      }
    },
    async return() {
      end();
      await updates.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => watch,
  };
  return watch;
}
