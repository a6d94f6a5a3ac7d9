import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");

/**
 * Gives back at once what is held for nothing. V8 collects samples only when something else asks for their room, so that an
 * idle worker would keep the hundreds of megabytes of its last task for hours. Node hands V8's collector out in no other way.
 */
export const collectGarbage = runInNewContext("gc") as () => void;
