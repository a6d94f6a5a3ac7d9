import { expect, type TestContext } from "vitest";
import { findBrokenPromises } from "./checks.js";
import { GoodClient } from "./client.js";
import { Load } from "./load.js";
import { Random } from "./random.js";
import { Storm } from "./storm.js";
import { within } from "./timing.js";
import type { World } from "./world.js";

/** How long the last job may take after the last kill: its start deadline, the window, and a look every 5 s. */
const SETTLE_MS = 60_000;

/** How many kills each store gets. The short form is part of `npm test`. */
export const KILLS = Number(process.env.CHAOS_KILLS ?? 10);

/** A storm may take this long: restarts on a busy machine included. */
export const STORM_TIMEOUT_MS = 120_000 + KILLS * 6_000;

/** Unleashes a storm on a world whose instances serve, waits until every job is finished, and checks every promise. */
export async function runStorm(
  { onTestFinished }: TestContext,
  world: World,
  name: string,
  defaultSeed: number,
): Promise<void> {
  const seed = process.env.CHAOS_SEED ?? String(defaultSeed);
  const random = new Random(`${seed} ${name}`);
  const client = new GoodClient(world.instances, random.fork("client"));
  const load = new Load(client, random.fork("load"));
  onTestFinished(() => load.abandon());
  await load.prepare();
  const startedAt = performance.now();
  const report = await new Storm(world, client, load, random.fork("kills")).rage(KILLS);
  await within(SETTLE_MS, load.finish(), () => unfinished(world, load));
  const faults = await findBrokenPromises(world, client, load);
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  console.log(
    `${name}: ${report.kills} kills (${report.exact} at their exact moment), ${tally(load)}, ${seconds} s. CHAOS_SEED=${seed} CHAOS_KILLS=${KILLS} npm run test:chaos replays.`,
  );
  if (faults.length > 0) console.log(world.instances.map((instance) => instance.tail()).join("\n"));
  expect(faults, `CHAOS_SEED=${seed}`).toEqual([]);
}

/** How the jobs ended, as a measure of what the storm reached. */
function tally({ submissions }: Load): string {
  const ends = submissions.map(({ watchers }) => watchers[0]?.last?.job.error?.code ?? watchers[0]?.last?.status);
  const counts = [...new Set(ends)].map((end) => `${ends.filter((other) => other === end).length} ${end}`);
  const connections = submissions.flatMap(({ watchers }) => watchers.map((watcher) => watcher.connections));
  const total = connections.reduce((sum, count) => sum + count, 0);
  return `${submissions.length} jobs (${counts.join(", ")}), ${connections.length} watchers on ${total} connections`;
}

function unfinished(world: World, load: Load): string {
  const waiting = load.submissions
    .filter(({ done }) => !done)
    .map(({ key, jobIds, cancelAsked, watchers }) => {
      const seen = watchers.map(({ last }) => last && `${last.status} ${last.job.submission} ${last.job.requestId}`);
      return `${key} ${[...jobIds]} cancel=${cancelAsked} watchers: ${seen.join(" | ")}`;
    });
  return `Not finished:\n${waiting.join("\n")}\n${world.instances.map((instance) => instance.tail()).join("\n")}`;
}
