// @ts-check
// Loaded into the server's process: answers any message with what the process has used so far, and how late its event
// loop was since the last message.
import { monitorEventLoopDelay } from "node:perf_hooks";

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({
    cpuMilliseconds: (user + system) / 1_000,
    residentMegabytes: process.memoryUsage.rss() / 2 ** 20,
    loopDelayMilliseconds: delay.percentile(99) / 1e6,
  });
  delay.reset();
});
