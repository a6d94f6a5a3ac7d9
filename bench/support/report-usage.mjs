// @ts-check
// Loaded into the server's process: answers any message with what the process has used so far.
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuMilliseconds: (user + system) / 1_000, residentMegabytes: process.memoryUsage.rss() / 2 ** 20 });
});
