import { afterAll, beforeAll, describe, test } from "vitest";
import { startPostgres } from "../support/postgres.js";
import { openScene } from "./scene.js";

describe.concurrent("two instances that start at once on an empty database", { timeout: 60_000 }, () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  test.for(["first", "second"])("both serve, %s time", async (name, context) => {
    const { load, world, expectPromisesKept } = await openScene(context, postgres.url, name);
    for (const instance of world.instances) load.add({ watchers: [instance] });
    await expectPromisesKept();
  });
});
