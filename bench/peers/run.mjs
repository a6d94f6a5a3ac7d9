// @ts-check
// Punchin beside other servers: npm run bench:peers, or parts of it: npm run bench:peers -- queries watchers jobs
// many-jobs without-server.
// All serve the same schema and resolvers, each in a process of its own; ours is durable on SQLite, the others are in
// memory. Every round measures all of them, beginning with another one; figures are medians of the rounds. ROUNDS is a setting.
import { printTargets } from "./figures.mjs";
import { measureJobs, measureManyJobs } from "./jobs.mjs";
import { measureQueries } from "./queries.mjs";
import { measureFanOut } from "./watchers.mjs";
import { measureWithoutServer } from "./without-server.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 3);

/** @type {Record<string, (rounds: number) => Promise<import("./figures.mjs").Target[]>>} */
const PARTS = {
  queries: measureQueries,
  watchers: measureFanOut,
  jobs: measureJobs,
  "many-jobs": measureManyJobs,
  "without-server": measureWithoutServer,
};

const chosen = process.argv.slice(2);
for (const name of chosen)
  if (!(name in PARTS)) throw new Error(`"${name}" is none of ${Object.keys(PARTS).join(", ")}.`);
/** @type {import("./figures.mjs").Target[]} */
const targets = [];
for (const [name, measure] of Object.entries(PARTS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  targets.push(...(await measure(ROUNDS)));
}
printTargets(targets);
