import { test } from "vitest";
import { startPostgres } from "../support/postgres.js";
import { openScene } from "./scene.js";

test("two instances that start at once on an empty database both serve", async (context) => {
  const postgres = await startPostgres();
  context.onTestFinished(() => postgres.stop());
  for (const name of ["first", "second", "third"]) {
    const { load, world, expectPromisesKept } = await openScene(context, postgres.url, name);
    for (const instance of world.instances) load.add({ watchers: [instance] });
    await expectPromisesKept();
    await Promise.all(world.instances.map((instance) => instance.kill()));
  }
});
