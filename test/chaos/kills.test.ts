import { afterAll, beforeAll, describe, test } from "vitest";
import { startPostgres } from "../support/postgres.js";
import { runStorm, STORM_TIMEOUT_MS } from "./run-storm.js";
import { createDatabase, createWorld } from "./world.js";

describe.concurrent("killed again and again, every promise is kept", { timeout: STORM_TIMEOUT_MS }, () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  test("on SQLite", async (context) => {
    const world = await createWorld(context, 1, null);
    await world.instances[0]?.start();
    await runStorm(context, world, "sqlite", 1);
  });

  test("by two instances on one PostgreSQL", async (context) => {
    const world = await createWorld(context, 2, await createDatabase(postgres.url, "storm"));
    await Promise.all(world.instances.map((instance) => instance.start()));
    await runStorm(context, world, "postgres", 2);
  });
});
