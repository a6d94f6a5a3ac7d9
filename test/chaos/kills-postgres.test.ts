import { onTestFinished, test } from "vitest";
import { startPostgres } from "../support/postgres.js";
import { runStorm, STORM_TIMEOUT_MS } from "./run-storm.js";
import { createDatabase, createWorld } from "./world.js";

test("two instances on one PostgreSQL, killed in turn, keep every promise", { timeout: STORM_TIMEOUT_MS }, async () => {
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  const world = await createWorld(2, await createDatabase(postgres.url, "storm"));
  await Promise.all(world.instances.map((instance) => instance.start()));
  await runStorm(world, "postgres", 1);
});
