// @ts-check
// Runs every figure, one after the other: npm run bench
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const FIGURES = [
  "events-stored",
  "event-latency",
  "follow-upstream",
  "accepted-mutations",
  "failover",
  "active-jobs",
  "start-up",
  "job-history",
  "hostile-sockets",
];

for (const figure of FIGURES) {
  console.log(`## node bench/${figure}.mjs\n`);
  const file = fileURLToPath(new URL(`${figure}.mjs`, import.meta.url));
  const { status } = spawnSync(process.execPath, [file], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
