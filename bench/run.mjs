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

/** Where the process that measures is one of many clients, its own garbage collection is not to be measured. */
const FLAGS = new Map([["hostile-sockets", ["--max-semi-space-size=32"]]]);

for (const figure of FIGURES) {
  const flags = FLAGS.get(figure) ?? [];
  console.log(`## ${["node", ...flags, `bench/${figure}.mjs`].join(" ")}\n`);
  const file = fileURLToPath(new URL(`${figure}.mjs`, import.meta.url));
  const { status } = spawnSync(process.execPath, [...flags, file], { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
