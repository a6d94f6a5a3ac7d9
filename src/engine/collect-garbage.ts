import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a short clip leaves behind is not worth the 15 ms that a collection takes. */
const WORTH_BYTES = 16 * 1024 * 1024;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/**
 * Gives back at once the samples that are held for nothing. V8 collects them only when something else asks for their room,
 * so that an idle worker would keep the hundreds of megabytes of its last task for hours. Node hands V8's collector out in
 * no other way.
 */
export function collectGarbage(): void {
  if (process.memoryUsage().arrayBuffers > WORTH_BYTES) collect();
}
