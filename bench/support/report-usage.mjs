// @ts-check
// Loaded into the server's process: answers any message with what the process has used so far, and with the most memory it
// had and how late its event loop was since the last message. "heap" collects garbage first, to see what is kept.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

const RESOLUTION_MS = 5;
const MEMORY_LOOK_MS = 500;

const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
let peakBytes = 0;
const noteMemory = () => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
};
setInterval(noteMemory, MEMORY_LOOK_MS).unref();

// The server ends with who started it, however that one ends.
process.once("disconnect", () => process.exit());
process.on("message", (message) => {
  if (message === "heap") collectGarbage();
  noteMemory();
  const { user, system } = process.cpuUsage();
  process.send?.({
    cpuMilliseconds: (user + system) / 1_000,
    residentMegabytes: process.memoryUsage.rss() / 2 ** 20,
    peakMegabytes: peakBytes / 2 ** 20,
    heapMegabytes: process.memoryUsage().heapUsed / 2 ** 20,
    // What is measured is the time from one look to the next, an idle loop's own pause included.
    loopDelayMilliseconds: Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS),
  });
  delay.reset();
  peakBytes = 0;
});
