import { test } from "vitest";
import { runStorm, STORM_TIMEOUT_MS } from "./run-storm.js";
import { createWorld } from "./world.js";

test("on SQLite, killed again and again, every promise is kept", { timeout: STORM_TIMEOUT_MS }, async () => {
  const world = await createWorld(1, null);
  await world.instances[0]?.start();
  await runStorm(world, "sqlite", 1);
});
