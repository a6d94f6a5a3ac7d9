import { expect, type TestContext } from "vitest";
import { findBrokenPromises } from "./checks.js";
import { GoodClient } from "./client.js";
import { Load } from "./load.js";
import type { Program } from "./processes.js";
import { Random } from "./random.js";
import { within } from "./timing.js";
import { createDatabase, createWorld, type World } from "./world.js";

const FINISH_MS = 45_000;

/** Two instances on a database of their own, with a client and no storm: the test itself is the fault. */
export interface Scene {
  readonly world: World;
  readonly client: GoodClient;
  readonly load: Load;
  readonly databaseUrl: string;
  readonly a: Program;
  readonly b: Program;
  /** Waits until every job is finished and expects every promise kept. */
  expectPromisesKept(): Promise<void>;
}

export async function openScene(
  context: TestContext,
  postgresUrl: string,
  name: string,
  settings: Readonly<Record<string, string>> = { START_TIMEOUT_SECONDS: "120", RECONCILE_WINDOW_SECONDS: "60" },
): Promise<Scene> {
  const databaseUrl = await createDatabase(postgresUrl, name);
  const world = await createWorld(context, 2, databaseUrl, settings);
  await Promise.all(world.instances.map((instance) => instance.start()));
  const [a, b] = world.instances;
  if (!a || !b) throw new Error("A scene has two instances.");
  const random = new Random(name);
  const client = new GoodClient(world.instances, random.fork("client"));
  const load = new Load(client, random.fork("load"));
  context.onTestFinished(() => load.abandon());
  await load.prepare();
  const tails = () => world.instances.map((instance) => instance.tail()).join("\n");
  return {
    world,
    client,
    load,
    databaseUrl,
    a,
    b,
    async expectPromisesKept() {
      await within(FINISH_MS, load.finish(), () => `jobs are not finished: ${tails()}`);
      const faults = await findBrokenPromises(world, client, load);
      expect(faults, faults.length > 0 ? tails() : undefined).toEqual([]);
    },
  };
}
