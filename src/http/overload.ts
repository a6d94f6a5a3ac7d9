import { OverloadedError } from "../errors.js";
import type { Observations } from "../observations.js";
import type { LoopDelay } from "./loop-delay.js";

export interface OverloadOptions {
  /** Beyond this delay of the event loop new work is refused. */
  readonly limitMs: number;
  readonly delay: Pick<LoopDelay, "milliseconds">;
}

/** Why new work is to be refused at present; null: it is not. What runs goes on in any case. */
export type OverloadCheck = () => OverloadedError | null;

/** Clients that were refused together do not come back together. */
const RETRY_SECONDS = { least: 1, most: 5 };

export function createOverloadCheck(options: OverloadOptions | undefined, observations: Observations): OverloadCheck {
  return () => {
    if (options === undefined || options.delay.milliseconds <= options.limitMs) return null;
    observations.emit("overload-refused");
    const { least, most } = RETRY_SECONDS;
    return new OverloadedError(least + Math.floor(Math.random() * (most - least + 1)));
  };
}
